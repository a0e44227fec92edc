//! Roles, and what the bot changes about members: their roles, their names, their silence.

use chrono::DateTime;
use serde_json::Value;

use super::{Desk, Handled, Refusal, Reply};
use crate::{
    id::Id,
    limits::Findings,
    world::{
        Member, Role,
        permission::{self, ADMINISTRATOR, MANAGE_NICKNAMES, MANAGE_ROLES, MODERATE_MEMBERS},
    },
};

pub fn route(desk: &mut Desk, rest: &[&str]) -> Handled {
    let find = |desk: &Desk, id: &str| {
        let role = id.parse().ok().and_then(|id: Id| desk.change.roles.get(&id));
        role.cloned().ok_or(Refusal::UNKNOWN_ROLE)
    };
    match (desk.call.method.as_str(), rest) {
        ("GET", []) => {
            let all = desk.change.roles.values();
            Ok(Reply::json(all.map(|role| desk.change.role_json(role)).collect()))
        }
        ("POST", []) => create(desk),
        ("GET", [id]) => Ok(Reply::json(desk.change.role_json(&find(desk, id)?))),
        ("PATCH", [id]) => {
            let mut role = find(desk, id)?;
            may_manage(desk, &role)?;
            describe(desk, &mut role)?;
            desk.change.put_role(&role);
            Ok(Reply::json(desk.change.role_json(&role)))
        }
        ("DELETE", [id]) => {
            let role = find(desk, id)?;
            may_manage(desk, &role)?;
            if role.managed || role.id == desk.change.guild.id {
                return Err(Refusal::INVALID_ROLE);
            }
            desk.change.remove_role(role.id);
            Ok(Reply::nothing())
        }
        _ => Err(Refusal::NOT_FOUND),
    }
}

fn bot_has(desk: &Desk, bits: u64) -> Result<(), Refusal> {
    let has = desk.change.guild_permissions(desk.change.guild.app);
    if has & bits == bits {
        Ok(())
    } else {
        Err(Refusal::MISSING_PERMISSIONS)
    }
}

/// A bot manages the roles below its own highest.
fn may_manage(desk: &Desk, role: &Role) -> Result<(), Refusal> {
    bot_has(desk, MANAGE_ROLES)?;
    if role.position < desk.change.top_position(desk.change.guild.app) {
        Ok(())
    } else {
        Err(Refusal::MISSING_PERMISSIONS)
    }
}

fn create(desk: &mut Desk) -> Handled {
    bot_has(desk, MANAGE_ROLES)?;
    let everyone = desk.change.roles.get(&desk.change.guild.id);
    let permissions = everyone.map_or(0, |role| role.permissions);
    let mut role = Role {
        id: desk.change.next_id(),
        name: "new role".to_owned(),
        permissions,
        position: 1,
        color: 0,
        managed: false,
        mentionable: false,
    };
    describe(desk, &mut role)?;
    desk.change.lift_roles();
    desk.change.put_role(&role);
    Ok(Reply::json(desk.change.role_json(&role)))
}

/// Takes over what the request says of a role.
fn describe(desk: &Desk, role: &mut Role) -> Result<(), Refusal> {
    let body = &desk.call.body;
    let mut findings = Findings::default();
    findings.text("name", &body["name"], 0, 100);
    findings.check()?;
    if let Some(name) = body["name"].as_str() {
        name.clone_into(&mut role.name);
    }
    if let Some(bits) = permission::read(&body["permissions"]) {
        // Nobody gives what they do not have.
        let has = desk.change.guild_permissions(desk.change.guild.app);
        if bits & !role.permissions & !has != 0 && has & ADMINISTRATOR == 0 {
            return Err(Refusal::MISSING_PERMISSIONS);
        }
        role.permissions = bits;
    }
    let color = body["colors"]["primary_color"]
        .as_u64()
        .or(body["color"].as_u64());
    role.color = color.map_or(role.color, |color| color as u32);
    role.mentionable = body["mentionable"].as_bool().unwrap_or(role.mentionable);
    Ok(())
}

fn member(desk: &Desk, user: &str) -> Result<Member, Refusal> {
    let id = match user {
        "@me" => desk.change.guild.app,
        user => user.parse().map_err(|_| Refusal::UNKNOWN_USER)?,
    };
    desk.change
        .members
        .get(&id)
        .cloned()
        .ok_or(Refusal::UNKNOWN_MEMBER)
}

/// `PUT` and `DELETE /guilds/{id}/members/{user}/roles/{role}`.
pub fn give_or_take(desk: &mut Desk, user: &str, role: &str) -> Handled {
    let mut member = member(desk, user)?;
    let role = role.parse().ok().and_then(|id: Id| desk.change.roles.get(&id));
    let role = role.ok_or(Refusal::UNKNOWN_ROLE)?.clone();
    may_manage(desk, &role)?;
    if role.managed || role.id == desk.change.guild.id {
        return Err(Refusal::INVALID_ROLE);
    }
    member.roles.retain(|it| *it != role.id);
    match desk.call.method.as_str() {
        "PUT" => member.roles.push(role.id),
        "DELETE" => {}
        _ => return Err(Refusal::METHOD_NOT_ALLOWED),
    }
    desk.change.put_member(&member);
    Ok(Reply::nothing())
}

/// `PATCH /guilds/{id}/members/{user}`.
pub fn edit_member(desk: &mut Desk, user: &str) -> Handled {
    let mut member = member(desk, user)?;
    let app = desk.change.guild.app;
    let body = &desk.call.body;
    let mut findings = Findings::default();
    findings.text("nick", &body["nick"], 0, 32);
    findings.check()?;
    if member.user != app && desk.change.top_position(member.user) >= desk.change.top_position(app) {
        return Err(Refusal::MISSING_PERMISSIONS);
    }
    if let Some(nick) = body.get("nick") {
        if member.user != app {
            bot_has(desk, MANAGE_NICKNAMES)?;
        }
        member.nick = nick.as_str().filter(|nick| !nick.is_empty()).map(str::to_owned);
    }
    if let Some(until) = body.get("communication_disabled_until") {
        bot_has(desk, MODERATE_MEMBERS)?;
        member.timeout_until = moment(until);
    }
    if let Some(roles) = body["roles"].as_array() {
        member.roles = chosen(desk, &member, roles)?;
    }
    desk.change.put_member(&member);
    Ok(Reply::json(desk.change.member_json(member.user)))
}

/// The roles a member is to have; those that change are all below the bot's.
fn chosen(desk: &Desk, member: &Member, roles: &[Value]) -> Result<Vec<Id>, Refusal> {
    let wanted: Vec<Id> = roles.iter().filter_map(Id::read).collect();
    let added = wanted.iter().filter(|id| !member.roles.contains(id));
    let removed = member.roles.iter().filter(|id| !wanted.contains(id));
    for id in added.chain(removed) {
        let role = desk.change.roles.get(id).ok_or(Refusal::UNKNOWN_ROLE)?;
        may_manage(desk, role)?;
    }
    Ok(wanted)
}

fn moment(text: &Value) -> Option<String> {
    let moment = DateTime::parse_from_rfc3339(text.as_str()?).ok()?;
    Some(crate::world::stamp(moment.timestamp_millis()))
}
