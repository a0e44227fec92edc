//! What members and moderators are told of money.

use chrono::{DateTime, Utc};
use discord::{Button, Card, Route, Style, Tone, text};
use secrecy::{ExposeSecret as _, SecretString};

use super::ceiling::{Ceilings, No, Which};
use super::ledger::{Entry, Kind, State, Window};
use super::store::Ask;
use super::wish::{Change, What, Wish};
use crate::money::Money;
use crate::place;
use crate::stream::say;

/// Things listed in one answer.
const LISTED: usize = 12;
/// Things named that could be deleted to make room.
const NAMED: usize = 3;

/// What a price is told with.
pub struct Asking<'a> {
    /// What is wished for.
    pub wish: &'a Wish,
    /// As it is held back.
    pub ask: &'a Ask,
    /// What it adds by the hour.
    pub an_hour: Money,
    /// How long it lives.
    pub life_hours: u32,
    /// What the member has spent or reserved this month.
    pub taken: Money,
    /// How much that may be.
    pub ceiling: Money,
}

/// What it would cost, and whether to do it. For its member alone.
pub fn asking(asking: &Asking<'_>) -> Card {
    let (wish, cost) = (asking.wish, asking.ask.cost);
    let route = |verb| {
        Route::new("spending", verb)
            .owned_by(asking.ask.member_id)
            .arg(&asking.ask.id)
    };
    let creates = matches!(wish.what, What::Stream(..) | What::Other(..));
    let verb = if creates { "Create it" } else { "Do it" };
    let price = if cost.is_under_a_cent() {
        format!("{verb} ({cost})")
    } else {
        format!("{verb} (about {cost} at most)")
    };
    let mut card = Card::framed(
        question(wish),
        format!(
            "This is real AWS, and it costs the people who run Tributary real money. {}",
            why(wish, asking.life_hours)
        ),
    )
    .tone(Tone::Think)
    .fact("At most", cost.to_string());
    if asking.an_hour > Money::ZERO {
        card = card.fact("By the hour", asking.an_hour.fine());
    }
    card.fact(
        "Your month with it",
        format!("{} of {}", asking.taken + cost, asking.ceiling),
    )
    .footer("The estimate stands for 15 minutes")
    .buttons(vec![
        Button::new(price, Style::Primary, &route("create")),
        Button::new("Leave it", Style::Secondary, &route("leave")),
    ])
}

fn question(wish: &Wish) -> String {
    let region = place::shown(wish.region);
    match &wish.what {
        What::Stream(name, _) => format!("Create the stream {}?{region}", place::title(name)),
        What::Other(kind, name) => format!("Create the {} {}?{region}", kind.word(), place::title(name)),
        What::Change(name, Change::Split) => format!("Split a shard of {}?{region}", place::title(name)),
        What::Change(name, Change::Retention(hours)) => format!(
            "Keep the records of {} for {hours} hours?{region}",
            place::title(name)
        ),
        What::Change(name, Change::Consumer) => {
            format!("Register a consumer of {}?{region}", place::title(name))
        }
        What::Load(name, records) => format!(
            "Put {} records on {}?{region}",
            say::thousands(*records),
            place::title(name)
        ),
    }
}

fn why(wish: &Wish, life_hours: u32) -> String {
    let gone = format!(
        "I delete it after {life_hours} hours, and you may delete it before: what it has not used is then free again."
    );
    match &wish.what {
        What::Stream(_, stream) if stream.on_demand => {
            format!("An on-demand stream costs by the hour, used or not, and by what is written and read. {gone}")
        }
        What::Stream(_, stream) => {
            let shards = text::count(i64::from(stream.shards), "shard costs", "shards cost");
            format!("{shards} by the hour, used or not. {gone}")
        }
        What::Other(kind, _) => format!(
            "A {} costs nothing while it stands; each command on it costs a few requests, and the estimate is for a hundred \
             commands. {gone}",
            kind.word()
        ),
        What::Change(_, Change::Split) => "A shard more costs by the hour, for as long as the stream is there.".to_owned(),
        What::Change(_, Change::Retention(_)) => {
            "Keeping records for more than 24 hours costs by shard and hour, for as long as the stream is there.".to_owned()
        }
        What::Change(_, Change::Consumer) => {
            "A registered consumer costs by shard and hour, for as long as it is registered, read or not.".to_owned()
        }
        What::Load(..) => "Records cost by the payload unit of 25 KB; each of these is one. It is counted as spent, however many are taken."
            .to_owned(),
    }
}

/// In the question's place while it takes long.
pub fn at_work() -> Card {
    Card::words("At work. AWS may take half a minute …")
}

/// In the question's place after it.
pub fn done() -> Card {
    Card::words("Its cost is in your ledger now: `/sandbox usage` shows it.")
}

/// In the question's place where the answer was no.
pub fn left() -> Card {
    Card::words("Nothing was created, and nothing was spent.")
}

/// Why something may not be spent, and what to do.
pub fn refusal(no: &No, entries: &[Entry], owner: (u64, u64), now: i64) -> String {
    match no {
        No::Over {
            which,
            ceiling,
            taken,
            asked,
            month,
        } => {
            let whose = match which {
                Which::Member => "your ceiling",
                Which::Guild => "this server's ceiling",
                Which::All => "the ceiling of all servers together",
            };
            let next = month.next_month().begin().format("%-d %B");
            let this = month.begin().format("%B");
            let room = room(entries, owner, now);
            format!(
                "That would cost {asked} at most, and {whose} for {this} is {ceiling}, of which {taken} is spent or reserved. {room}On \
                 {next} (UTC) it begins anew. `/sandbox usage` shows it all."
            )
        }
        No::Quarantined(entry) => format!(
            "AWS does not let me remove your {} {}, whose time is over and which goes on costing money. Until it is gone nothing more can \
             be created. I keep trying, and the moderators know.",
            entry.thing.kind.word(),
            text::code(&entry.thing.name)
        ),
        No::Known(entry) => format!(
            "You have a {} {} there already, or it is just being made or removed. Use it, or delete it first with `/{} delete`.",
            entry.thing.kind.word(),
            text::code(&entry.thing.name),
            entry.thing.kind.word()
        ),
        No::Enough { most } => format!(
            "You may have {most} streams, queues, topics and tables at once on AWS. Delete one you no longer need: \
             `/sandbox usage` lists them."
        ),
    }
}

/// What the member could delete, and how much that frees.
fn room(entries: &[Entry], owner: (u64, u64), now: i64) -> String {
    let ever = Window::EVER;
    let own = entries
        .iter()
        .filter(|entry| (entry.guild_id, entry.member_id) == owner && entry.ended_at.is_none());
    let mut own: Vec<(Money, &Entry)> = own
        .map(|entry| (entry.at_most(now, ever).less(entry.so_far(now, ever)), entry))
        .collect();
    own.retain(|(frees, _)| *frees > Money::ZERO);
    own.sort_by_key(|(frees, _)| std::cmp::Reverse(*frees));
    let named: Vec<String> = own
        .into_iter()
        .take(NAMED)
        .map(|(frees, entry)| format!("{} frees {frees}", delete(entry)))
        .collect();
    if named.is_empty() {
        String::new()
    } else {
        format!("Delete what you no longer need: {}. ", text::listed(&named))
    }
}

/// The command that deletes a thing.
fn delete(entry: &Entry) -> String {
    let (kind, region) = (entry.thing.kind.word(), place::typed(entry.thing.region));
    text::code(&format!("/{kind} delete name:{}{region}", entry.thing.name))
}

/// What a member has spent and may spend. For that member alone.
pub struct Usage<'a> {
    /// What stands.
    pub standing: &'a [Entry],
    /// Now.
    pub now: DateTime<Utc>,
    /// What was spent today.
    pub today: Money,
    /// What was spent this month.
    pub month: Money,
    /// What is spent or reserved this month: by the member, the server, all.
    pub taken: [Money; 3],
    /// How much that may be.
    pub ceilings: Ceilings,
    /// Whether others' spending may be told.
    pub moderates: bool,
}

/// The card of `/sandbox usage` on AWS.
pub fn usage(usage: &Usage<'_>) -> Card {
    let now = usage.now.timestamp_millis();
    let [member, guild, all] = usage.taken;
    let mut lines: Vec<String> = usage
        .standing
        .iter()
        .take(LISTED)
        .map(|entry| line(entry, now))
        .collect();
    if usage.standing.len() > LISTED {
        lines.push(format!("… and {} more", usage.standing.len() - LISTED));
    }
    if lines.is_empty() {
        lines.push(
            "Nothing of yours stands at AWS. `/stream create` begins, and tells the price first.".to_owned(),
        );
    }
    let hourly: Money = usage.standing.iter().map(Entry::an_hour).sum();
    let of = |taken: Money, ceiling: Money| format!("{taken} of {ceiling}");
    let card = Card::framed("What your sandbox costs on AWS", lines.join("\n"))
        .fact("By the hour now", hourly.fine())
        .fact("Today", usage.today.to_string())
        .fact("This month", usage.month.to_string())
        .fact("Reserved besides", member.less(usage.month).to_string())
        .fact("Your ceiling", of(member, usage.ceilings.member))
        .fact("This server's ceiling", of(guild, usage.ceilings.guild));
    let card = if usage.moderates {
        card.fact("All servers' ceiling", of(all, usage.ceilings.all))
    } else {
        card
    };
    card.footer("Ceilings count what is spent and reserved in a calendar month (UTC); estimates, never too low on purpose")
}

fn line(entry: &Entry, now: i64) -> String {
    let (thing, spent) = (&entry.thing, entry.so_far(now, Window::EVER));
    let left = say::lasting(entry.goes_at().saturating_sub(now).max(0) as u64);
    let fate = match entry.state {
        State::Planned => "being made".to_owned(),
        State::Live if entry.goes_at() > now => format!("deleted in {left}"),
        State::Live | State::Going | State::Gone => "being deleted".to_owned(),
        State::Quarantined => "**can't be deleted**; I keep trying".to_owned(),
    };
    let cost = if thing.kind == Kind::Stream {
        format!("{} an hour, {spent} so far", entry.an_hour().fine())
    } else {
        "by the request".to_owned()
    };
    format!(
        "{} {}{} · {cost} · {fate}",
        thing.kind.word(),
        text::code(&thing.name),
        place::shown(thing.region)
    )
}

/// What the moderators of a server hear of a thing that can't be removed.
pub fn quarantined(entry: &Entry) -> String {
    let (thing, a_day) = (&entry.thing, entry.an_hour().times(24));
    let costing = if a_day > Money::ZERO {
        format!("{a_day} a day")
    } else {
        "by the request".to_owned()
    };
    format!(
        "I can't remove the {} {} in {} from AWS, which belongs to {} and whose time is over: {} attempts failed. It goes on costing \
         {costing}. Until it is gone, its owner creates nothing more; I keep trying every hour at most. Please tell the people who run \
         Tributary; in the log it is `{}`.",
        thing.kind.word(),
        text::code(&text::cut(&thing.name, 100)),
        thing.region,
        text::member(entry.member_id),
        entry.attempts,
        entry.id
    )
}

/// How to look at AWS oneself. For a member alone.
pub fn console(address: &str, username: Option<&SecretString>, password: Option<&SecretString>) -> Card {
    let shown = |secret: &SecretString| text::code(secret.expose_secret());
    let mut card = Card::framed(
        "The AWS console",
        "Only you see this. The user is read-only and **shared** by all who may: look, and don't change its password. You see everyone's \
         things there, and everyone sees yours, records included, so put nothing private into them. Your own begin with \
         `tributary-` and carry your account's number; `/sandbox usage` lists them. Don't pass this on.",
    )
    .field("Address", address);
    for (name, secret) in [("User name", username), ("Password", password)] {
        if let Some(secret) = secret {
            card = card.field(name, shown(secret));
        }
    }
    card
}
