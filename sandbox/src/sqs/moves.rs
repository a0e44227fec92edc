//! Move tasks: messages taken out of a dead-letter queue, back to where they came from or elsewhere. A task is a row in
//! the state; a small loop in the background takes its steps, and goes on after a restart. Source: Amazon SQS API
//! Reference, `StartMessageMoveTask`, `ListMessageMoveTasks`, `CancelMessageMoveTask`.

use std::sync::{Arc, Weak};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::engine::{Changing, Engine};
use super::message::{Number, State as MessageState};
use super::state::Change;
use super::task::{Status, Task};
use super::{Context, queues, refusal};
use crate::wire::{Refusal, Reply};

/// The most messages a second, and what a task without a rate of its own gets.
const FASTEST: u32 = 500;

/// How often a task takes a step.
const STEP: Duration = Duration::from_millis(100);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Start {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

pub async fn start(context: &Context, input: Start) -> Result<Reply, Refusal> {
    let source = input.source_arn.ok_or_else(|| refusal::missing("SourceArn"))?;
    let rate = match input.max_number_of_messages_per_second {
        None => None,
        Some(rate @ 1..=500) => u32::try_from(rate).ok(),
        Some(rate) => {
            return Err(refusal::invalid_parameter(
                "MaxNumberOfMessagesPerSecond",
                rate,
                "Must be an integer between 1 and 500.",
            ));
        }
    };
    let id = context
        .engine
        .change(|changing| begin(changing, context, source, input.destination_arn, rate))
        .await?;
    let handle = context.sealer.seal(&id).ok_or_else(Refusal::internal)?;
    run(&context.engine, id);
    Ok(Reply::Value(json!({ "TaskHandle": handle })))
}

fn begin(
    changing: &mut Changing<'_>,
    context: &Context,
    source: String,
    destination: Option<String>,
    rate: Option<u32>,
) -> Result<String, Refusal> {
    let place = &context.engine.place;
    let not_there = |what: &str| {
        refusal::resource_not_found(&format!(
            "The resource that you specified for the {what} parameter doesn't exist."
        ))
    };
    let now = changing.now;
    let name = place.name_in_arn(&source).ok_or_else(|| not_there("SourceArn"))?;
    let queue = changing
        .state
        .settled(name, now)
        .ok_or_else(|| not_there("SourceArn"))?;
    let (to_move, fifo) = (queue.counts().ready as u64, queue.is_fifo());
    if let Some(destination) = &destination {
        let target = place
            .name_in_arn(destination)
            .and_then(|target| changing.state.queue(target))
            .ok_or_else(|| not_there("DestinationArn"))?;
        if target.is_fifo() != fifo || target.definition.name == name {
            return Err(refusal::invalid_parameter(
                "DestinationArn",
                destination,
                "It must be another queue of the same type as the source.",
            ));
        }
    }
    if queues::sources_of(context, changing.state, name).is_empty() {
        return Err(refusal::invalid_value(
            "Source queue must be configured as a Dead Letter Queue.",
        ));
    }
    if changing.state.tasks_from(&source).any(Task::is_running) {
        return Err(refusal::unsupported(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        ));
    }
    let id = uuid::Uuid::new_v4().to_string();
    changing.make(Change::Task(Task {
        id: id.clone(),
        source,
        destination,
        rate,
        started: now,
        status: Status::Running,
        moved: 0,
        to_move,
    }));
    Ok(id)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct List {
    source_arn: Option<String>,
    max_results: Option<i64>,
}

pub fn list(context: &Context, input: &List) -> Result<Reply, Refusal> {
    let source = input
        .source_arn
        .as_deref()
        .ok_or_else(|| refusal::missing("SourceArn"))?;
    let most = match input.max_results {
        None => 1,
        Some(most @ 1..=10) => most.unsigned_abs() as usize,
        Some(most) => {
            return Err(refusal::invalid_parameter(
                "MaxResults",
                most,
                "Must be an integer between 1 and 10.",
            ));
        }
    };
    let results = context.engine.look(|state, _| {
        let name = context.engine.place.name_in_arn(source);
        if name.and_then(|name| state.queue(name)).is_none() {
            return Err(refusal::resource_not_found(
                "The resource that you specified for the SourceArn parameter doesn't exist.",
            ));
        }
        let shown = state.tasks_from(source).take(most).map(|task| {
            let handle = task.is_running().then(|| context.sealer.seal(&task.id)).flatten();
            task.shown(handle)
        });
        Ok(shown.collect::<Vec<_>>())
    })?;
    Ok(Reply::Value(json!({ "Results": results })))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cancel {
    task_handle: Option<String>,
}

pub async fn cancel(context: &Context, input: Cancel) -> Result<Reply, Refusal> {
    let handle = input.task_handle.ok_or_else(|| refusal::missing("TaskHandle"))?;
    let unknown = || refusal::invalid_parameter("TaskHandle", &handle, "Invalid task handle.");
    let id = context.sealer.open(&handle).ok_or_else(unknown)?;
    let moved = context
        .engine
        .change(|changing| {
            let mut task = changing.state.task(id).cloned().ok_or_else(|| {
                refusal::resource_not_found(
                    "The resource that you specified for the TaskHandle doesn't exist.",
                )
            })?;
            if !task.is_running() {
                return Err(refusal::unsupported("Only active tasks can be cancelled."));
            }
            task.status = Status::Cancelled;
            let moved = task.moved;
            changing.make(Change::Task(task));
            Ok(moved)
        })
        .await?;
    Ok(Reply::Value(json!({ "ApproximateNumberOfMessagesMoved": moved })))
}

/// Takes up the tasks that a stop interrupted.
pub fn go_on(engine: &Arc<Engine>) {
    let running: Vec<String> = engine.look(|state, _| state.running_tasks().map(|t| t.id.clone()).collect());
    for id in running {
        run(engine, id);
    }
}

/// Takes a task's steps until it ends. It keeps the engine in memory only while taking one.
fn run(engine: &Arc<Engine>, id: String) {
    let engine = Arc::downgrade(engine);
    tokio::spawn(async move {
        let mut steps = tokio::time::interval(STEP);
        loop {
            steps.tick().await;
            let Some(engine) = Weak::upgrade(&engine) else {
                return;
            };
            match engine.change(|changing| Ok(step(changing, &engine, &id))).await {
                Ok(true) => {}
                // Done; or the journal failed, and whoever loads it afresh goes on.
                Ok(false) | Err(_) => return,
            }
        }
    });
}

/// Moves as many messages as are due; false when the task has ended.
fn step(changing: &mut Changing<'_>, engine: &Engine, id: &str) -> bool {
    let now = changing.now;
    let Some(mut task) = changing.state.task(id).filter(|t| t.is_running()).cloned() else {
        return false;
    };
    let place = &engine.place;
    let source = place.name_in_arn(&task.source).map(str::to_owned);
    let Some(source) = source.filter(|name| changing.state.settled(name, now).is_some()) else {
        task.status = Status::Failed("AWS.SimpleQueueService.NonExistentQueue".to_owned());
        changing.make(Change::Task(task));
        return false;
    };
    let rate = u64::from(task.rate.unwrap_or(FASTEST));
    let elapsed = u64::try_from(now - task.started).unwrap_or_default() + STEP.as_millis() as u64;
    let due = (elapsed * rate / 1_000).saturating_sub(task.moved);
    for _ in 0..due {
        let next = changing
            .state
            .queue(&source)
            .and_then(|q| q.choose(1, false).first().copied());
        let Some(number) = next else {
            task.status = Status::Completed;
            break;
        };
        if let Err(reason) = move_one(changing, engine, &task, &source, number) {
            task.status = Status::Failed(reason.to_owned());
            break;
        }
        task.moved += 1;
    }
    let running = task.is_running();
    changing.make(Change::Task(task));
    running
}

/// Moves one message. It becomes a new one: new id, new age, received never.
fn move_one(
    changing: &mut Changing<'_>,
    engine: &Engine,
    task: &Task,
    source: &str,
    number: Number,
) -> Result<(), &'static str> {
    let message = changing
        .state
        .queue(source)
        .and_then(|queue| queue.message(number));
    let Some(mut message) = message.cloned() else {
        return Ok(());
    };
    let target = match &task.destination {
        Some(arn) => engine.place.name_in_arn(arn).map(str::to_owned),
        None => message.source.clone(),
    };
    let target = target.ok_or("CouldNotDetermineMessageSource")?;
    if changing.state.queue(&target).is_none() {
        return Err("AWS.SimpleQueueService.NonExistentQueue");
    }
    message.id = uuid::Uuid::new_v4().to_string();
    message.sent = changing.now;
    message.receives = 0;
    message.first_received = None;
    message.source = None;
    message.state = MessageState::Ready;
    let new_number = changing.state.next_number();
    changing.make(Change::Moved {
        from: source.to_owned(),
        number,
        to: target,
        new_number,
        message: Box::new(message),
    });
    Ok(())
}
