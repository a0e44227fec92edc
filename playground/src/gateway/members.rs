//! A bot's request for members, by their ids or the beginning of their names, in chunks. Pure.
//! <https://discord.com/developers/docs/events/gateway-events#request-guild-members>

use serde_json::{Value, json};

use super::{
    close::{self, Closed},
    intent,
};
use crate::{id::Id, world::World};

const CHUNK: usize = 1_000;
/// How many a request can name.
const MOST: usize = 100;
const NONCE_BYTES: usize = 32;

/// The data of the `GUILD_MEMBERS_CHUNK` events that answer a request. What the session's intents do not
/// permit is answered with silence, as Discord does.
pub fn chunks(world: &World, asked: &Value, intents: u64) -> Result<Vec<Value>, Closed> {
    if Id::read(&asked["guild_id"]) != Some(world.guild.id) {
        return Ok(Vec::new());
    }
    let wants_presences = asked["presences"] == true;
    if wants_presences && intents & intent::GUILD_PRESENCES == 0 {
        return Ok(Vec::new());
    }
    let (found, not_found) = match (&asked["user_ids"], asked["query"].as_str()) {
        (Value::Null, Some("")) if asked["limit"] == 0 => {
            if intents & intent::GUILD_MEMBERS == 0 {
                return Ok(Vec::new());
            }
            (world.members.keys().copied().collect(), Vec::new())
        }
        (Value::Null, Some(start)) => (named(world, start, &asked["limit"]), Vec::new()),
        (Value::Null, None) => return Err(close::DECODE_ERROR),
        (Value::Array(ids), _) if ids.len() > MOST => return Err(close::DECODE_ERROR),
        (Value::Array(ids), _) => known(world, ids),
        (one, _) => known(world, std::slice::from_ref(one)),
    };
    let nonce = asked["nonce"].as_str().filter(|nonce| nonce.len() <= NONCE_BYTES);
    let count = found.len().div_ceil(CHUNK).max(1);
    let chunk = |index: usize| {
        let members: Vec<Id> = found.iter().skip(index * CHUNK).take(CHUNK).copied().collect();
        let mut data = json!({
            "guild_id": world.guild.id, "chunk_index": index, "chunk_count": count, "not_found": not_found,
            "members": members.iter().map(|id| world.member_json(*id)).collect::<Vec<_>>(),
        });
        if wants_presences {
            data["presences"] = members.iter().map(|id| world.presence_json(*id)).collect();
        }
        if let Some(nonce) = nonce {
            data["nonce"] = json!(nonce);
        }
        data
    };
    Ok((0..count).map(chunk).collect())
}

fn named(world: &World, start: &str, limit: &Value) -> Vec<Id> {
    let most = limit.as_u64().map_or(MOST, |limit| limit as usize).clamp(1, MOST);
    let start = start.to_lowercase();
    let members = world.members.keys().filter(|id| {
        let user = world.users.get(id);
        user.is_some_and(|user| user.name.to_lowercase().starts_with(&start))
    });
    members.take(most).copied().collect()
}

fn known(world: &World, ids: &[Value]) -> (Vec<Id>, Vec<Id>) {
    ids.iter()
        .filter_map(Id::read)
        .partition(|id| world.members.contains_key(id))
}
