//! Where commands are held back: before each one runs it is seen what it would cost. What costs little is counted; what
//! creates something is shown its price first, and runs when its member says yes.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use discord::{Failure, Visibility, mistake};
use poise::CommandInteractionType;
use sandbox::Region;
use serenity::client::FullEvent;
use serenity::model::application::{CommandInteraction, ComponentInteraction, Interaction};

use super::ceiling::{Change, No};
use super::ledger::{Entry, Kind, Thing};
use super::price;
use super::store::{self, Ask, Outcome};
use super::wish::{self, Need, Options, What, Wish};
use super::{Policy, cards, reaper};
use crate::app::App;
use crate::call::{Call, Context};
use crate::money::Money;
use crate::tenant;

/// For so long a price stands, in milliseconds.
const OPEN: i64 = 15 * 60_000;
/// After so long the member is told that it takes a while.
const SLOW: Duration = Duration::from_millis(1_500);

tokio::task_local! {
    /// Set while a command runs that was said yes to.
    static RELEASED: Arc<Released>;
}

/// A command that was held back and may run now.
struct Released {
    call: Arc<Call>,
    ask: Ask,
    /// Set once its money is reserved, with the entry of the ledger that it is about, if it is about one.
    reserved: OnceLock<Option<String>>,
}

/// The call of a command that is run again because its member said yes: it answers the press.
pub fn released() -> Option<Arc<Call>> {
    RELEASED.try_with(|released| Arc::clone(&released.call)).ok()
}

/// Whether the command may run now. Where it may not, its member has been told.
pub async fn before(call: &Call, ctx: Context<'_>) -> Result<bool, Failure> {
    let Some(policy) = Policy::of(&call.app) else {
        return Ok(true);
    };
    let path: Vec<&str> = ctx
        .command_tree
        .iter()
        .map(|command| command.name.as_ref())
        .collect();
    match wish::need(&path.join(" "), &Options::of(ctx.args)) {
        Need::Nothing => Ok(true),
        Need::Use(cost) => {
            policy.admit(call)?;
            spend(call, &policy, Change::Use(cost), None).await?;
            Ok(true)
        }
        Need::Ask(wish) => {
            policy.admit(call)?;
            match RELEASED.try_with(Arc::clone) {
                Ok(released) => go(call, &policy, &wish, &released).await.map(|()| true),
                Err(_) => ask(call, &policy, &wish, ctx.interaction).await.map(|()| false),
            }
        }
    }
}

/// What changed a stream may have changed its price: it is looked at again.
pub async fn after(call: &Call, path: &str) -> Result<(), Failure> {
    if wish::reprices(path) {
        look_again(call).await
    } else {
        Ok(())
    }
}

/// What was deleted by a press costs nothing more.
pub async fn pressed(call: &Call, verb: &str) -> Result<(), Failure> {
    if wish::frees(verb) {
        look_again(call).await
    } else {
        Ok(())
    }
}

async fn look_again(call: &Call) -> Result<(), Failure> {
    let app = &call.app;
    if Policy::of(app).is_some() {
        store::look_again(&app.store, owner(call), app.clock.now_ms()).await?;
        app.spending_changed.notify_one();
    }
    Ok(())
}

/// A press that reaches AWS is counted as a command is.
pub async fn press(call: &Call, feature: &str, verb: &str) -> Result<(), Failure> {
    let reaches = matches!(feature, "stream" | "queue" | "topic" | "table");
    let free = wish::frees(verb) || matches!(verb, "keep" | "stop");
    match Policy::of(&call.app) {
        Some(policy) if reaches && !free => {
            policy.admit(call)?;
            spend(call, &policy, Change::Use(price::command(Region::UsEast1)), None).await
        }
        _ => Ok(()),
    }
}

/// Counts what was done for a member from elsewhere; whether it could still be paid.
pub async fn pay(app: &App, owner: (u64, u64), region: Region) -> Result<bool, sqlx::Error> {
    let Some(policy) = Policy::of(app) else {
        return Ok(true);
    };
    let change = Change::Use(price::command(region));
    let spent = store::spend(
        &app.store,
        &policy.ceilings,
        &change,
        owner,
        None,
        app.clock.now(),
    )
    .await?;
    Ok(spent == Outcome::Done)
}

/// Tells what it would cost, and holds the command back.
async fn ask(
    call: &Call,
    policy: &Policy<'_>,
    wish: &Wish,
    command: &CommandInteraction,
) -> Result<(), Failure> {
    call.to.defer(Visibility::Private).await?;
    let (app, owner, now) = (&call.app, owner(call), call.app.clock.now());
    let change = change(call, policy, wish).await?;
    let mut ledger = store::ledger(&app.store, now).await?;
    if ledger.allows(&policy.ceilings, &change, owner, now).is_err() {
        // Something may have gone since it was last looked at.
        reaper::look(app, owner).await?;
        ledger = store::ledger(&app.store, now).await?;
    }
    if let Err(no) = ledger.allows(&policy.ceilings, &change, owner, now) {
        return Err(refused(&no, &ledger.entries, owner, now.timestamp_millis()));
    }
    let ask = Ask {
        id: call.id.to_string(),
        guild_id: call.guild_id,
        member_id: call.member_id,
        command: serde_json::to_string(&command.data)?,
        cost: ledger.adds(&change, owner, now.timestamp_millis()),
        asked_at: now.timestamp_millis(),
    };
    store::ask(&app.store, &ask).await?;
    let asking = cards::Asking {
        wish,
        ask: &ask,
        an_hour: hourly(&change, &ledger.entries),
        life_hours: policy.life_hours,
        taken: ledger.member_month(owner, now),
        ceiling: policy.ceilings.member,
    };
    Ok(call
        .to
        .reply(&cards::asking(&asking), Visibility::Private)
        .await?)
}

/// What is added to what a thing costs by the hour.
fn hourly(change: &Change, entries: &[Entry]) -> Money {
    match change {
        Change::New(entry) => entry.an_hour(),
        Change::Raise { id, an_hour } => {
            let before = entries
                .iter()
                .find(|entry| entry.id == *id)
                .map_or(Money::ZERO, Entry::an_hour);
            an_hour.less(before)
        }
        Change::Use(_) => Money::ZERO,
    }
}

/// Reserves the money; the command runs after it.
async fn go(call: &Call, policy: &Policy<'_>, wish: &Wish, released: &Released) -> Result<(), Failure> {
    let now = call.app.clock.now();
    let change = change(call, policy, wish).await?;
    let ledger = store::ledger(&call.app.store, now).await?;
    if ledger.adds(&change, owner(call), now.timestamp_millis()) > released.ask.cost {
        return Err(mistake(
            "It would cost more now than I told you: something has changed since. Run the command again for a fresh estimate.",
        ));
    }
    let entry = match &change {
        Change::New(entry) => Some(entry.id.clone()),
        Change::Raise { id, .. } => Some(id.clone()),
        Change::Use(_) => None,
    };
    spend(call, policy, change, Some(&released.ask.id)).await?;
    released.reserved.get_or_init(|| entry);
    Ok(())
}

/// Runs a command that was held back, in answer to the press that says yes.
pub async fn release(
    framework: poise::FrameworkContext<'_, Arc<App>, Failure>,
    press: &ComponentInteraction,
    call: &Arc<Call>,
    id: &str,
) -> Result<(), Failure> {
    let ask = store::asked(&call.app.store, id, call.guild_id, call.member_id).await?;
    let ask = ask.ok_or_else(|| {
        mistake("That was answered already. `/sandbox usage` shows what stands and what it costs.")
    })?;
    if call.app.clock.now_ms() - ask.asked_at > OPEN {
        return Err(mistake(
            "That estimate is over a quarter of an hour old. Run the command again for a fresh one.",
        ));
    }
    let command = again(press, &ask.command)?;
    let released = Arc::new(Released {
        call: Arc::clone(call),
        ask,
        reserved: OnceLock::new(),
    });
    let event = FullEvent::InteractionCreate {
        interaction: Interaction::Command(command),
    };
    // The answer comes beside the question, whoever may see it.
    call.to.defer(Visibility::Private).await?;
    let mut work = Box::pin(RELEASED.scope(Arc::clone(&released), poise::dispatch_event(framework, event)));
    let slow = tokio::select! {
        () = &mut work => false,
        () = tokio::time::sleep(SLOW) => true,
    };
    if slow {
        call.to.update(&cards::at_work()).await?;
        work.await;
    }
    match released.reserved.get() {
        Some(entry) => {
            if let Some(entry) = entry {
                let now = call.app.clock.now_ms();
                store::change(&call.app.store, entry, |entry| entry.due_at = now).await?;
                call.app.spending_changed.notify_one();
            }
            call.to.update(&cards::done()).await?;
        }
        // Its member was told why not; where the question stands, it may be answered again.
        None if slow => call.to.update(&cards::left()).await?,
        None => {}
    }
    Ok(())
}

/// The command as Discord would send it, had the member typed it where the button was pressed.
fn again(press: &ComponentInteraction, command: &str) -> Result<CommandInteraction, serde_json::Error> {
    let mut sent = serde_json::to_value(press)?;
    if let Some(fields) = sent.as_object_mut() {
        fields.remove("message");
        fields.insert("data".to_owned(), serde_json::from_str(command)?);
    }
    serde_json::from_value(sent)
}

/// Drops a command that was held back.
pub async fn leave(call: &Call, id: &str) -> Result<(), Failure> {
    if store::asked(&call.app.store, id, call.guild_id, call.member_id)
        .await?
        .is_some()
    {
        let mut tx = call.app.store.begin().await?;
        store::take(&mut tx, id).await?;
        tx.commit().await?;
    }
    Ok(call.to.update(&cards::left()).await?)
}

async fn spend(call: &Call, policy: &Policy<'_>, change: Change, ask: Option<&str>) -> Result<(), Failure> {
    let (app, now) = (&call.app, call.app.clock.now());
    match store::spend(&app.store, &policy.ceilings, &change, owner(call), ask, now).await? {
        Outcome::Done => Ok(()),
        Outcome::Twice => Err(mistake(
            "That was answered already. `/sandbox usage` shows what stands and what it costs.",
        )),
        Outcome::No(no) => {
            let ledger = store::ledger(&app.store, now).await?;
            Err(refused(&no, &ledger.entries, owner(call), now.timestamp_millis()))
        }
    }
}

fn refused(no: &No, entries: &[Entry], owner: (u64, u64), now: i64) -> Failure {
    metrics::counter!("sandbox_spending_refused_total", "why" => no.word()).increment(1);
    mistake(cards::refusal(no, entries, owner, now))
}

/// What the wish would change in the ledger.
async fn change(call: &Call, policy: &Policy<'_>, wish: &Wish) -> Result<Change, Failure> {
    let (app, region) = (&call.app, wish.region);
    let tenant = tenant::of(call).await?;
    let new = |kind, name: &String, price| {
        let thing = Thing {
            account: tenant.account_id.clone(),
            region,
            kind,
            name: name.clone(),
        };
        let life = i64::from(policy.life_hours) * 3_600_000;
        Change::New(Entry::planned(
            ::store::id::row(),
            owner(call),
            thing,
            price,
            app.clock.now_ms(),
            life,
        ))
    };
    Ok(match &wish.what {
        What::Stream(name, stream) => new(Kind::Stream, name, (stream.an_hour(region), Money::ZERO)),
        What::Other(kind, name) => new(*kind, name, (Money::ZERO, price::planned_use(region))),
        What::Load(name, records) => {
            let facts = super::facts(&app.sandbox.streams(&tenant, region), name).await?;
            Change::Use(facts.load(*records, crate::load::RECORD_BYTES, region))
        }
        What::Change(name, change) => {
            let facts = super::facts(&app.sandbox.streams(&tenant, region), name).await?;
            let an_hour = change.after(facts).an_hour(region);
            let standing = store::standing(&app.store, Some(owner(call))).await?;
            let is_it = |entry: &Entry| {
                entry.thing.kind == Kind::Stream && entry.thing.region == region && entry.thing.name == *name
            };
            match standing.into_iter().find(is_it) {
                Some(entry) => Change::Raise {
                    id: entry.id,
                    an_hour,
                },
                // One that was there before money was counted.
                None => new(Kind::Stream, name, (an_hour, Money::ZERO)),
            }
        }
    })
}

fn owner(call: &Call) -> (u64, u64) {
    (call.guild_id, call.member_id)
}

/// Whether a check is about a command, rather than about what is suggested while one is typed.
pub fn is_command(ctx: Context<'_>) -> bool {
    matches!(ctx.interaction_type, CommandInteractionType::Command)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A press as Discord sends it, with all that the playground leaves out.
    fn press() -> ComponentInteraction {
        let user = json!({"id": "7", "username": "ana", "discriminator": "0", "global_name": "Ana", "avatar": null, "public_flags": 64});
        let sent = json!({
            "id": "11", "application_id": "3", "type": 3, "token": "press", "version": 1,
            "guild_id": "5", "guild": {"id": "5", "locale": "de", "features": []}, "guild_locale": "de", "locale": "de",
            "channel_id": "9", "channel": {"id": "9", "type": 0, "name": "lab", "permissions": "2147483647", "guild_id": "5"},
            "member": {
                "user": user, "roles": ["21"], "joined_at": "2026-11-01T00:00:00Z", "deaf": false, "mute": false, "flags": 0,
                "pending": false, "permissions": "2147483647", "nick": "Ana B.", "premium_since": null, "avatar": null
            },
            "app_permissions": "2147483647", "entitlements": [], "context": 0, "attachment_size_limit": 10_485_760,
            "authorizing_integration_owners": {"0": "5", "1": "7"},
            "data": {"custom_id": "spending:create@7:10", "component_type": 2, "id": 2},
            "message": {
                "id": "10", "channel_id": "9", "type": 20, "content": "", "flags": 64, "tts": false, "pinned": false, "mentions": [],
                "mention_everyone": false, "mention_roles": [], "attachments": [], "embeds": [], "timestamp": "2026-11-01T00:00:00Z",
                "edited_timestamp": null, "components": [], "author": {"id": "3", "username": "Tributary", "discriminator": "0"}
            }
        });
        serde_json::from_value(sent).unwrap()
    }

    #[test]
    fn a_held_command_comes_back_as_it_was_typed_with_the_press_to_answer() {
        let typed = json!({
            "id": "33", "name": "stream", "type": 1, "guild_id": "5",
            "options": [{"name": "create", "type": 1, "options": [
                {"name": "name", "type": 3, "value": "orders: \"eu\" 🦀"}, {"name": "shards", "type": 4, "value": 2}
            ]}]
        });
        let data: serenity::model::application::CommandData = serde_json::from_value(typed).unwrap();
        let kept = serde_json::to_string(&data).unwrap();
        let command = again(&press(), &kept).unwrap();
        assert_eq!((command.id.get(), command.token.as_str()), (11, "press"));
        assert_eq!(
            (
                command.user.id.get(),
                command.guild_id.map(serenity::model::id::GuildId::get)
            ),
            (7, Some(5))
        );
        assert_eq!(command.member.unwrap().roles.len(), 1);
        assert_eq!(serde_json::to_string(&command.data).unwrap(), kept);
        assert!(again(&press(), "{").is_err());
    }
}
