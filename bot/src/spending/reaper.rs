//! The reaper: looks at what is due, removes what has lived long enough and what nobody knows of, and quarantines what can't
//! be removed. What is to be done with a thing is decided in `ledger`; here it is done.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use discord::Failure;
use discord::gate::Causes;
use metrics::counter;
use sandbox::{Region, Resource, ResourceKind, SandboxError};
use tokio_util::sync::CancellationToken;

use super::ledger::{Entry, Kind, State, Step, Thing};
use super::store;
use super::{Policy, cards};
use crate::app::App;
use crate::clock::real_ms;
use crate::money::Money;
use crate::schedule::Rest;
use crate::tenant;

/// How often it is looked whether something is due. The clock may be another's, so that nobody can sleep until then.
const ROUND: Duration = Duration::from_secs(5);
/// How often all of AWS is searched for what the ledger does not know, in milliseconds.
const SEARCH: i64 = 10 * 60_000;
/// What nobody knows of is removed at this age, in milliseconds: whoever is just creating something has long reserved it.
const STRANGE: i64 = 60 * 60_000;
/// Held commands are forgotten after a day, in milliseconds.
const FORGET: i64 = 24 * 60 * 60_000;
/// When AWS could not be asked, it is asked again after so many milliseconds.
const AGAIN: i64 = 30_000;

/// Goes its rounds until `stop`. Does nothing where nothing costs money.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    if Policy::of(&app).is_none() {
        return;
    }
    let mut search = Search::default();
    loop {
        if let Err(error) = round(&app, &mut search).await {
            tracing::warn!(%error, "what costs money could not be looked at");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.spending_changed.notified() => {}
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

/// When the last search was, and what was found without an age.
#[derive(Default)]
struct Search {
    last: Option<i64>,
    first_seen: BTreeMap<String, i64>,
}

async fn round(app: &App, search: &mut Search) -> Result<(), Failure> {
    let now = app.clock.now_ms();
    for entry in store::due(&app.store, now).await? {
        attend(app, &entry).await?;
    }
    tell_moderators(app).await?;
    if search.last.is_none_or(|last| (now - last).abs() >= SEARCH) {
        search.last = Some(now);
        store::sweep(&app.store, now - FORGET).await?;
        for region in Region::ALL {
            remove_strangers(app, region, search, now).await?;
        }
        counter!("sandbox_searches_total").increment(1);
    }
    Ok(())
}

/// Looks at everything of one member now.
pub async fn look(app: &App, owner: (u64, u64)) -> Result<(), Failure> {
    for entry in store::standing(&app.store, Some(owner)).await? {
        attend(app, &entry).await?;
    }
    Ok(())
}

/// Looks at AWS, and does what is to be done.
async fn attend(app: &App, entry: &Entry) -> Result<(), Failure> {
    let now = app.clock.now_ms();
    let looked = look_up(app, entry).await;
    let (found, price) = match looked {
        Ok(found) => found,
        Err(failure) => return unseen(app, entry, &failure).await,
    };
    let id = &entry.id;
    match entry.step(now, found.is_some()) {
        Step::NeverWas => drop(store::change(&app.store, id, |entry| entry.never_was(now)).await?),
        Step::Gone => drop(store::change(&app.store, id, |entry| entry.ends(now)).await?),
        Step::Wait => drop(store::change(&app.store, id, Entry::waits).await?),
        Step::Keep => {
            let keep = |entry: &mut Entry| {
                entry.lives();
                entry.reprice(now, price);
            };
            store::change(&app.store, id, keep).await?;
        }
        Step::Remove => {
            if let Some(resource) = found {
                remove(app, entry, &resource).await?;
            }
        }
    }
    Ok(())
}

/// What AWS has of an entry, and what that costs by the hour.
async fn look_up(app: &App, entry: &Entry) -> Result<(Option<Resource>, Money), Failure> {
    let thing = &entry.thing;
    let tenant = tenant::of_member(&app.store, &app.seal, entry.guild_id, entry.member_id).await?;
    let there = app.sandbox.resources(&tenant, thing.region).await?;
    let found = there.into_iter().find(|it| thing_of(it, thing.region) == *thing);
    let price = match (&found, thing.kind) {
        (Some(_), Kind::Stream) if entry.state != State::Going && entry.state != State::Quarantined => {
            let facts = super::facts(&app.sandbox.streams(&tenant, thing.region), &thing.name).await?;
            facts.an_hour(thing.region)
        }
        _ => entry.an_hour(),
    };
    Ok((found, price))
}

fn thing_of(resource: &Resource, region: Region) -> Thing {
    Thing {
        account: resource.tenant.clone(),
        region,
        kind: match resource.kind {
            ResourceKind::Stream => Kind::Stream,
            ResourceKind::Queue => Kind::Queue,
            ResourceKind::Topic => Kind::Topic,
            ResourceKind::Table => Kind::Table,
        },
        name: resource.name.clone(),
    }
}

/// AWS could not be asked. What should go counts that as a failed removal; anything else waits.
async fn unseen(app: &App, entry: &Entry, failure: &Failure) -> Result<(), Failure> {
    let now = app.clock.now_ms();
    tracing::warn!(error = %failure, entry = entry.id, "AWS could not be asked about a thing");
    if now >= entry.goes_at() || matches!(entry.state, State::Going | State::Quarantined) {
        return failed(app, entry).await;
    }
    store::change(&app.store, &entry.id, |entry| entry.due_at = now + AGAIN).await?;
    Ok(())
}

async fn remove(app: &App, entry: &Entry, resource: &Resource) -> Result<(), Failure> {
    if entry.state != State::Quarantined {
        store::change(&app.store, &entry.id, |entry| entry.state = State::Going).await?;
    }
    match app.sandbox.remove(entry.thing.region, resource).await {
        Ok(()) => {
            counter!("sandbox_removals_total", "outcome" => "removed").increment(1);
            tracing::info!(
                entry = entry.id,
                kind = entry.thing.kind.word(),
                "a thing at AWS was removed at the end of its life"
            );
            let now = app.clock.now_ms();
            store::change(&app.store, &entry.id, |entry| entry.ends(now)).await?;
            Ok(())
        }
        Err(error) => {
            tracing::warn!(error = %Causes(&error), entry = entry.id, "a thing at AWS could not be removed");
            failed(app, entry).await
        }
    }
}

async fn failed(app: &App, entry: &Entry) -> Result<(), Failure> {
    let now = app.clock.now_ms();
    counter!("sandbox_removals_total", "outcome" => "failed").increment(1);
    if let Some((entry, true)) = store::change(&app.store, &entry.id, |entry| entry.fails(now)).await? {
        counter!("sandbox_quarantined_total").increment(1);
        tracing::error!(
            entry = entry.id,
            kind = entry.thing.kind.word(),
            region = %entry.thing.region,
            account = %entry.thing.account,
            "a thing at AWS can't be removed and is quarantined; it goes on costing money"
        );
    }
    Ok(())
}

/// Tells each quarantined thing to its server's moderators, once. It is noted first: a death in between loses the message
/// rather than repeating it, and the error in the log stands.
async fn tell_moderators(app: &App) -> Result<(), Failure> {
    let standing = store::standing(&app.store, None).await?;
    let untold = standing
        .into_iter()
        .filter(|entry| entry.state == State::Quarantined && !entry.told);
    for entry in untold {
        store::change(&app.store, &entry.id, |entry| entry.told = true).await?;
        let rest = Rest::new(Arc::clone(&app.http), app.bot_id);
        match rest
            .tell_in_their_channel(entry.guild_id, &cards::quarantined(&entry))
            .await
        {
            Ok(true) => {}
            Ok(false) => tracing::warn!(
                entry = entry.id,
                "a server has no channel for its moderators to hear of a quarantine"
            ),
            Err(error) => {
                tracing::warn!(error = %Causes(&error), entry = entry.id, "the moderators could not be told of a quarantine");
                store::change(&app.store, &entry.id, |entry| entry.told = false).await?;
            }
        }
    }
    Ok(())
}

/// Removes what bears our prefix in a region and is in no ledger, once it is old enough.
async fn remove_strangers(app: &App, region: Region, search: &mut Search, now: i64) -> Result<(), Failure> {
    let found = match app.sandbox.leftovers(region).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(error = %Causes(&error), region = %region, "a region could not be searched for leftovers");
            return Ok(());
        }
    };
    let standing = store::standing(&app.store, None).await?;
    let known: HashSet<Thing> = standing.into_iter().map(|entry| entry.thing).collect();
    for resource in found.iter().filter(|it| !known.contains(&thing_of(it, region))) {
        let seen = *search.first_seen.entry(resource.arn.clone()).or_insert(now);
        // AWS' time is real; how long we have seen it is by our own clock.
        let made = resource
            .created_at
            .map_or(0, |at| real_ms() - at.timestamp_millis());
        if made.max(now - seen) < STRANGE {
            continue;
        }
        let outcome = match app.sandbox.remove(region, resource).await {
            Ok(()) => {
                let (kind, account) = (resource.kind.as_str(), &resource.tenant);
                tracing::info!(kind, region = %region, account = %account, "a leftover at AWS was removed");
                search.first_seen.remove(&resource.arn);
                "leftover"
            }
            Err(error) => {
                leftover_stays(&error, resource, region);
                "failed"
            }
        };
        counter!("sandbox_removals_total", "outcome" => outcome).increment(1);
    }
    Ok(())
}

fn leftover_stays(error: &SandboxError, resource: &Resource, region: Region) {
    tracing::error!(
        error = %Causes(error),
        kind = resource.kind.as_str(),
        region = %region,
        account = %resource.tenant,
        "a leftover at AWS could not be removed; it goes on costing money"
    );
}
