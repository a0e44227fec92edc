//! `/table …` and the buttons of its answers.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

use discord::{Card, Failure, Route, Visibility, mistake, text};
use sandbox::Region;
use sandbox::tables::{KeyKind, KeyPart, NewTable, TableError, View};
use serenity::builder::CreateAutocompleteResponse;

use super::words::{failure, item};
use super::{Own, cards, pictures};
use crate::call::{Call, Context};
use crate::clock::real_ms;
use crate::mark;
use crate::place::{self, Place, region};

/// Tables listed in one answer, each counted.
const LISTED: usize = 20;
/// The longest name of an attribute that is a key.
const LONGEST_KEY: usize = 255;

/// What a table's stream keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poise::ChoiceParameter)]
pub enum Keeps {
    #[name = "NEW_AND_OLD_IMAGES"]
    Both,
    #[name = "NEW_IMAGE"]
    New,
    #[name = "OLD_IMAGE"]
    Old,
    #[name = "KEYS_ONLY"]
    Keys,
}

impl From<Keeps> for View {
    fn from(keeps: Keeps) -> Self {
        match keeps {
            Keeps::Both => Self::Both,
            Keeps::New => Self::New,
            Keeps::Old => Self::Old,
            Keeps::Keys => Self::Keys,
        }
    }
}

/// Your own DynamoDB tables
#[poise::command(
    slash_command,
    guild_only,
    subcommands("create", "list", "put", "get", "delete_item", "changes", "delete"),
    subcommand_required
)]
pub async fn table(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Create a table
#[poise::command(slash_command, guild_only)]
async fn create(
    ctx: Context<'_>,
    #[description = "At least 3 letters, digits, _ . or -, such as users"] name: String,
    #[description = "The partition key, such as id; id:number for a number"] key: String,
    #[description = "A sort key, such as at or at:number"] sort: Option<String>,
    #[description = "What its stream keeps of each change (no stream, if left out)"] stream: Option<Keeps>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let new = NewTable {
        name,
        partition: key_part(&key)?,
        sort: sort.as_deref().map(key_part).transpose()?,
        view: stream.map(View::from),
    };
    if new
        .sort
        .as_ref()
        .is_some_and(|sort| sort.name == new.partition.name)
    {
        return Err(mistake(
            "The sort key is another attribute than the partition key: `key:user sort:at`, for example.",
        ));
    }
    let own = Own::of(&call, region(place)).await?;
    once(&call).await?;
    let table = own.tables.create(&new).await.map_err(failure)?;
    show(&call, &cards::created(&table, own.region)).await
}

/// `id`, `id:number`, `id:text`.
fn key_part(typed: &str) -> Result<KeyPart, Failure> {
    let (name, kind) = match typed.trim().rsplit_once(':') {
        Some((name, "number" | "N")) => (name, KeyKind::Number),
        Some((name, "text" | "S")) => (name, KeyKind::Text),
        _ => (typed.trim(), KeyKind::Text),
    };
    if (1..=LONGEST_KEY).contains(&name.len()) && !name.contains(['`', '"', '\n']) {
        Ok(KeyPart {
            name: name.to_owned(),
            kind,
        })
    } else {
        Err(mistake(format!(
            "{} can't be a key. A key is the name of an attribute that every item has, such as `id`; write `id:number` where it holds a \
             number.",
            text::code(&text::cut(typed, 60))
        )))
    }
}

/// List your tables with how much is in them
#[poise::command(slash_command, guild_only)]
async fn list(
    ctx: Context<'_>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let own = Own::of(&call, region(place)).await?;
    let names = own.tables.list().await.map_err(failure)?;
    let mut tables = Vec::new();
    for name in names.iter().take(LISTED) {
        let table = own.find(name).await?;
        let items = own.tables.count(&table).await.map_err(failure)?;
        tables.push((table, items));
    }
    let more = names.len() - tables.len();
    show(&call, &cards::list(&tables, more, own.region)).await
}

/// Put an item in the place of whatever had its key
#[poise::command(slash_command, guild_only)]
async fn put(
    ctx: Context<'_>,
    #[description = "The table"]
    #[autocomplete = "names"]
    name: String,
    #[description = "The item as JSON, such as {\"id\":\"u1\",\"age\":3}"]
    #[rename = "item"]
    typed: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let item = item(&typed)?;
    let own = Own::of(&call, region(place)).await?;
    let table = own.find(&name).await?;
    once(&call).await?;
    let before = own.tables.put(&table, &item).await.map_err(failure)?;
    show(&call, &cards::put(&table, own.region, &item, before.as_ref())).await
}

/// Get an item by its key
#[poise::command(slash_command, guild_only)]
async fn get(
    ctx: Context<'_>,
    #[description = "The table"]
    #[autocomplete = "names"]
    name: String,
    #[description = "Its key as JSON, such as {\"id\":\"u1\"}, or u1 alone"]
    #[rename = "item"]
    typed: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let own = Own::of(&call, region(place)).await?;
    let table = own.find(&name).await?;
    let key = table.key_from(&typed).map_err(failure)?;
    let found = own.tables.get(&table, &key).await.map_err(failure)?;
    show(&call, &cards::got(&table, own.region, &key, found.as_ref())).await
}

/// Delete an item by its key
#[poise::command(slash_command, guild_only, rename = "delete-item")]
async fn delete_item(
    ctx: Context<'_>,
    #[description = "The table"]
    #[autocomplete = "names"]
    name: String,
    #[description = "Its key as JSON, such as {\"id\":\"u1\"}, or u1 alone"]
    #[rename = "item"]
    typed: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let own = Own::of(&call, region(place)).await?;
    let table = own.find(&name).await?;
    let key = table.key_from(&typed).map_err(failure)?;
    once(&call).await?;
    let before = own.tables.delete_item(&table, &key).await.map_err(failure)?;
    show(
        &call,
        &cards::item_deleted(&table, own.region, &key, before.as_ref()),
    )
    .await
}

/// What the table's stream tells: every change, before and after
#[poise::command(slash_command, guild_only)]
async fn changes(
    ctx: Context<'_>,
    #[description = "The table"]
    #[autocomplete = "names"]
    name: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let own = Own::of(&call, region(place)).await?;
    let table = own.find(&name).await?;
    let view = table.view.ok_or_else(|| {
        failure(TableError::NoStream {
            name: table.name.clone(),
        })
    })?;
    let changes = own.tables.changes(&table).await.map_err(failure)?;
    let picture = pictures::timeline(&table, view, &changes).await?;
    show(&call, &cards::changes(&table, own.region, &changes, picture)).await
}

/// Delete a table and all its items
#[poise::command(slash_command, guild_only)]
async fn delete(
    ctx: Context<'_>,
    #[description = "The table"]
    #[autocomplete = "names"]
    name: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let own = Own::of(&call, region(place)).await?;
    let table = own.find(&name).await?;
    let items = own.tables.count(&table).await.map_err(failure)?;
    show(&call, &cards::deleting(&table, items, own.region, call.member_id)).await
}

/// A button of the question before a table is deleted.
pub async fn press(call: &Call, route: &Route) -> Result<(), Failure> {
    let region: Region = route.parse(0)?;
    let created_at: i64 = route.parse(2)?;
    let own = Own::of(call, region).await?;
    let gone = || mistake("That table is gone already. `/table list` shows those that are there.");
    let names = own.tables.list().await.map_err(failure)?;
    let name = mark::find(names, route.get(1)?).ok_or_else(gone)?;
    let table = own.find(&name).await?;
    if table.created_at != created_at {
        return Err(gone());
    }
    let card = match route.verb.as_str() {
        "keep" => cards::kept(&name, region),
        "delete" => {
            if let Some(tx) = call.app.store.begin_once(call.id, real_ms()).await? {
                tx.commit().await?;
                own.tables.delete(&name).await.map_err(failure)?;
            }
            cards::deleted(&name, region)
        }
        _ => return Err(discord::RouteError.into()),
    };
    Ok(call.to.update(&card).await?)
}

async fn show(call: &Call, card: &Card) -> Result<(), Failure> {
    Ok(call.to.reply(card, Visibility::Public).await?)
}

async fn once(call: &Call) -> Result<(), Failure> {
    call.once("`/table get` and `/table changes` show what is there.")
        .await
}

/// The caller's tables, for completion.
async fn names(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    place::complete(ctx, typed, async |tenant, region| {
        Ok(ctx.data().sandbox.tables(tenant, region).list().await?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_text_unless_it_says_otherwise() {
        let read = |typed| key_part(typed).map(|part| (part.name, part.kind)).ok();
        assert_eq!(read("id"), Some(("id".into(), KeyKind::Text)));
        assert_eq!(read(" at:number "), Some(("at".into(), KeyKind::Number)));
        assert_eq!(read("a:b"), Some(("a:b".into(), KeyKind::Text)));
        assert_eq!(read("id:text"), Some(("id".into(), KeyKind::Text)));
        for odd in ["", ":number", "a`b", "\"id\"", &"k".repeat(256)] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
