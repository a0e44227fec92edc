//! Moving messages out of a dead-letter queue: what a task is, and the next step it takes. Source: Amazon SQS API
//! Reference, `StartMessageMoveTask` and `ListMessageMoveTasks`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A task that moves messages back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub id: String,
    /// The ARN of the queue moved from.
    pub source: String,
    /// The ARN of the queue moved to; if there is none, each message goes where it came from.
    pub destination: Option<String>,
    /// Messages a second.
    pub rate: Option<u32>,
    /// Unix milliseconds.
    pub started: i64,
    pub status: Status,
    pub moved: u64,
    /// How many there were at the start.
    pub to_move: u64,
}

/// How far a task is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Running,
    Completed,
    Cancelled,
    /// With AWS's word for why.
    Failed(String),
}

impl Task {
    pub fn is_running(&self) -> bool {
        self.status == Status::Running
    }

    /// As `ListMessageMoveTasks` has it. Only a running task has a handle: it is for cancelling.
    pub fn shown(&self, handle: Option<String>) -> Value {
        let status = match self.status {
            Status::Running => "RUNNING",
            Status::Completed => "COMPLETED",
            Status::Cancelled => "CANCELLED",
            Status::Failed(_) => "FAILED",
        };
        let mut shown = json!({
            "Status": status,
            "SourceArn": self.source,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "StartedTimestamp": self.started,
        });
        // AWS leaves the figure out of a task that failed.
        if !matches!(self.status, Status::Failed(_)) {
            shown["ApproximateNumberOfMessagesToMove"] = json!(self.to_move);
        }
        let fields = [
            ("TaskHandle", handle.map(Value::from)),
            ("DestinationArn", self.destination.clone().map(Value::from)),
            ("MaxNumberOfMessagesPerSecond", self.rate.map(Value::from)),
            (
                "FailureReason",
                match &self.status {
                    Status::Failed(reason) => Some(json!(reason)),
                    _ => None,
                },
            ),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                shown[name] = value;
            }
        }
        shown
    }
}
