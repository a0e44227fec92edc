//! Faults that a tenant sets on its own sandbox, to see what its programs do about them: one at a time, for a while, and for
//! nobody else. They live in memory alone: after a restart everything works again. What a call meets is decided here; `front`
//! does it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::sandbox::Clock;
use crate::service::Service;
use crate::tenant::AccountId;
use crate::wire::{Refusal, Reply};

/// The longest that a fault lasts.
const LONGEST: Duration = Duration::from_mins(5);
/// How long a reader that crashed is left alone after it: long enough to read over all shards again.
const CALM: Duration = Duration::from_secs(10);
/// What every refusal on purpose says, so that nobody looks for another cause.
const ON_PURPOSE: &str = "a fault that was set on purpose";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Everything takes this much longer.
    Delay(Duration),
    /// Every second call that writes or reads data is refused as too fast.
    Throttle,
    /// A reader dies with what it was just given, once in ten seconds: a stream's reader has not saved its place, a queue's
    /// messages are in flight.
    Crash,
    /// What is put, sent or published is so twice, as when an answer is lost and its producer tries again.
    Duplicate,
    /// Order is lost where AWS does not promise it: within a `PutRecords`, and among the messages of a standard queue.
    Reorder,
}

/// A fault in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce {
    /// What goes wrong.
    pub fault: Fault,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// How a fault showed itself to a caller that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staged {
    /// The call was refused as too fast.
    Throttled,
    /// The reader crashed before it could use the answer.
    Crashed,
}

impl Staged {
    /// What a refusal's code and words tell, if it was on purpose.
    pub(crate) fn told(code: &str, message: &str) -> Option<Self> {
        let on_purpose = message.contains(ON_PURPOSE);
        on_purpose.then_some(if code == CRASHED {
            Self::Crashed
        } else {
            Self::Throttled
        })
    }
}

/// All tenants' faults.
#[derive(Debug)]
pub struct Faults {
    clock: Clock,
    set: Mutex<HashMap<AccountId, Set>>,
}

#[derive(Debug, Clone, Copy)]
struct Set {
    fault: InForce,
    /// Calls that a throttle looked at.
    calls: u64,
    /// When a reader crashed last.
    crashed: Option<DateTime<Utc>>,
}

impl Set {
    fn is_calm(&self, now: DateTime<Utc>) -> bool {
        self.crashed.is_some_and(|at| now < at + CALM)
    }
}

impl Faults {
    /// None yet. They end by this clock.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            set: Mutex::default(),
        }
    }

    /// Sets a tenant's fault in place of the one before. It lasts five minutes at most.
    pub fn begin(&self, account: &AccountId, fault: Fault, lasting: Duration) -> InForce {
        let now = self.clock.now();
        let fault = InForce {
            fault,
            until: now + lasting.min(LONGEST),
        };
        let mut all = self.lock();
        // Of those nobody asked about since they ended.
        all.retain(|_, set| set.fault.until > now);
        let set = Set {
            fault,
            calls: 0,
            crashed: None,
        };
        all.insert(account.clone(), set);
        fault
    }

    /// Takes a tenant's fault away.
    pub fn end(&self, account: &AccountId) {
        self.lock().remove(account);
    }

    /// A tenant's fault, if one is in force.
    pub fn of(&self, account: &AccountId) -> Option<InForce> {
        self.in_force(account, |set, _| set.fault)
    }

    /// What a call meets: the fault, where it is one for this call. Of those that a throttle is for, the first is refused and
    /// every second after it. Whether a reader crashes is told by [`Self::crashes`], once it was given something.
    pub fn meets(&self, account: &AccountId, service: Service, operation: &str) -> Option<Fault> {
        let tables = matches!(service, Service::DynamoDb | Service::DynamoDbStreams);
        self.in_force(account, |set, now| {
            let fault = set.fault.fault;
            let is_met = match fault {
                Fault::Delay(_) => true,
                Fault::Throttle if writes(operation) || reads(operation) => {
                    set.calls += 1;
                    set.calls % 2 == 1
                }
                Fault::Throttle => false,
                Fault::Crash => consumes(operation) && !set.is_calm(now),
                // A table holds an item once, however often it is put.
                Fault::Duplicate => writes(operation) && !tables,
                Fault::Reorder => matches!(operation, "PutRecords" | "ReceiveMessage"),
            };
            is_met.then_some(fault)
        })
        .flatten()
    }

    /// Whether a reader crashes with what it was given.
    pub fn crashes(&self, account: &AccountId, given: &Reply) -> bool {
        let crashes = |set: &mut Set, now| {
            let crashes = !set.is_calm(now);
            if crashes {
                set.crashed = Some(now);
            }
            crashes
        };
        is_something(given) && self.in_force(account, crashes).unwrap_or(false)
    }

    /// Looks at a tenant's fault, if it is in force now.
    fn in_force<T>(&self, account: &AccountId, look: impl FnOnce(&mut Set, DateTime<Utc>) -> T) -> Option<T> {
        let now = self.clock.now();
        let mut all = self.lock();
        let set = all.get_mut(account)?;
        if set.fault.until <= now {
            all.remove(account);
            return None;
        }
        Some(look(set, now))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, Set>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn writes(operation: &str) -> bool {
    matches!(
        operation,
        "PutRecord"
            | "PutRecords"
            | "SendMessage"
            | "SendMessageBatch"
            | "Publish"
            | "PublishBatch"
            | "PutItem"
            | "UpdateItem"
            | "DeleteItem"
            | "BatchWriteItem"
            | "TransactWriteItems"
    )
}

fn reads(operation: &str) -> bool {
    consumes(operation)
        || matches!(
            operation,
            "GetItem" | "BatchGetItem" | "Query" | "Scan" | "TransactGetItems"
        )
}

/// What a consumer reads by, of a stream, a table's stream or a queue.
fn consumes(operation: &str) -> bool {
    matches!(operation, "GetRecords" | "ReceiveMessage")
}

/// Whether a reader was given records or messages.
fn is_something(answer: &Reply) -> bool {
    let Reply::Value(answer) = answer else {
        return false;
    };
    ["Records", "Messages"]
        .iter()
        .filter_map(|given| answer[given].as_array())
        .any(|given| !given.is_empty())
}

/// What a crashed reader's caller is told. AWS has no such error, and SDKs do not try it again by themselves: a program that
/// does not foresee it ends here, as in a crash.
const CRASHED: &str = "ReaderCrashed";

/// The refusal that ends a reader.
pub fn crashed() -> Refusal {
    Refusal::new(
        CRASHED,
        format!("The reader crashed before it could use the answer: {ON_PURPOSE}."),
    )
}

/// A refusal as too fast, which says that it is on purpose.
pub fn throttled(mut too_fast: Refusal) -> Refusal {
    too_fast.message = format!("Rate exceeded: {ON_PURPOSE}. Slow down and retry.");
    too_fast
}

/// A `PutRecords` with its records last first.
pub fn reordered(body: &mut Value) {
    reverse(body, "Records");
}

/// The answer to a reordered `PutRecords`, in the order its caller knows.
pub fn put_back(reply: &mut Reply) {
    if let Reply::Value(answer) = reply {
        reverse(answer, "Records");
    }
}

fn reverse(object: &mut Value, list: &str) {
    if let Some(all) = object.get_mut(list).and_then(Value::as_array_mut) {
        all.reverse();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use serde_json::json;

    use super::*;
    use crate::tenant::Tenant;

    /// Ana has a fault for a minute, Ben has none; the second is a number to set.
    struct House {
        faults: Faults,
        second: Arc<AtomicI64>,
        ana: AccountId,
        ben: AccountId,
    }

    impl House {
        fn with(fault: Fault) -> Self {
            let second = Arc::new(AtomicI64::new(0));
            let shown = Arc::clone(&second);
            let clock =
                Clock::new(move || DateTime::from_timestamp(shown.load(Ordering::SeqCst), 0).unwrap());
            let house = Self {
                faults: Faults::new(clock),
                second,
                ana: Tenant::generate("ana").account_id,
                ben: Tenant::generate("ben").account_id,
            };
            house.faults.begin(&house.ana, fault, Duration::from_mins(1));
            house
        }

        fn at(&self, second: i64) -> &Faults {
            self.second.store(second, Ordering::SeqCst);
            &self.faults
        }
    }

    #[test]
    fn a_fault_is_its_tenants_alone_and_ends_by_itself() {
        let house = House::with(Fault::Duplicate);
        let puts = |who, second| house.at(second).meets(who, Service::Kinesis, "PutRecord");
        assert_eq!(puts(&house.ana, 59), Some(Fault::Duplicate));
        assert_eq!(puts(&house.ben, 59), None);
        assert_eq!(
            house.faults.meets(&house.ana, Service::Kinesis, "ListStreams"),
            None
        );
        assert_eq!(house.faults.meets(&house.ana, Service::DynamoDb, "PutItem"), None);
        assert_eq!(puts(&house.ana, 60), None);
        assert_eq!(
            house.at(1).of(&house.ana),
            None,
            "what is over does not come back"
        );
    }

    #[test]
    fn no_fault_lasts_longer_than_five_minutes() {
        let house = House::with(Fault::Throttle);
        let fault = house
            .faults
            .begin(&house.ana, Fault::Reorder, Duration::from_hours(9));
        assert_eq!(fault.until.timestamp(), 300);
        assert_eq!(house.at(300).of(&house.ana), None);
    }

    #[test]
    fn faults_that_ended_unseen_take_no_room() {
        let house = House::with(Fault::Throttle);
        house
            .at(60)
            .begin(&house.ben, Fault::Throttle, Duration::from_mins(1));
        assert_eq!(house.faults.lock().len(), 1);
    }

    #[test]
    fn every_second_call_for_data_is_throttled_and_no_other() {
        let house = House::with(Fault::Throttle);
        let calls = ["PutRecord", "ListShards", "GetRecords", "PutRecord", "Query"];
        let refused = calls.map(|call| house.faults.meets(&house.ana, Service::Kinesis, call).is_some());
        assert_eq!(refused, [true, false, false, true, false]);
    }

    #[test]
    fn a_reader_crashes_with_what_it_was_given_and_then_has_ten_seconds() {
        let house = House::with(Fault::Crash);
        let something = Reply::Value(json!({"Records": [1]}));
        let nothing = Reply::Value(json!({"Records": []}));
        assert!(
            house
                .faults
                .meets(&house.ana, Service::Sqs, "ReceiveMessage")
                .is_some()
        );
        assert!(
            house
                .faults
                .meets(&house.ana, Service::Sqs, "SendMessage")
                .is_none()
        );
        assert!(
            !house.at(0).crashes(&house.ana, &nothing),
            "it would not be noticed"
        );
        assert!(house.at(1).crashes(&house.ana, &something));
        assert!(!house.at(10).crashes(&house.ana, &something));
        assert!(house.at(11).crashes(&house.ana, &something));
    }

    #[test]
    fn a_batch_that_goes_in_last_first_is_answered_first_first() {
        let mut body = json!({"Records": [1, 2, 3]});
        reordered(&mut body);
        assert_eq!(body, json!({"Records": [3, 2, 1]}));
        let mut reply = Reply::Value(body);
        put_back(&mut reply);
        let Reply::Value(answer) = reply else {
            panic!("a value")
        };
        assert_eq!(answer["Records"], json!([1, 2, 3]));
        let mut other = json!({"QueueUrl": "x"});
        reordered(&mut other);
        assert_eq!(
            other,
            json!({"QueueUrl": "x"}),
            "what is no batch is left as it is"
        );
    }
}
