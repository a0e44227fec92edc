//! What SNS says no with. Source: the Amazon SNS API Reference, "Errors" of each action, and the service's published model;
//! where it says more than a code, the words are those AWS answers with.

use http::StatusCode;

use crate::wire::Refusal;

/// Something about the request is wrong.
pub fn invalid(what: impl std::fmt::Display) -> Refusal {
    Refusal::new("InvalidParameter", format!("Invalid parameter: {what}"))
}

/// A parameter cannot be taken, and why.
pub fn because(parameter: &str, reason: impl std::fmt::Display) -> Refusal {
    invalid(format!("{parameter} Reason: {reason}"))
}

/// A message attribute cannot be taken.
pub fn attribute(message: impl Into<String>) -> Refusal {
    Refusal::new("ParameterValueInvalid", message)
}

/// There is no such topic.
pub fn no_topic() -> Refusal {
    not_found("Topic does not exist")
}

/// There is no such subscription.
pub fn no_subscription() -> Refusal {
    not_found("Subscription does not exist")
}

fn not_found(message: &str) -> Refusal {
    Refusal::new("NotFound", message).with_status(StatusCode::NOT_FOUND)
}

/// What is to be tagged is not there.
pub fn no_resource() -> Refusal {
    Refusal::new("ResourceNotFound", "Resource does not exist").with_status(StatusCode::NOT_FOUND)
}

/// Something of another account.
pub fn denied(account: &str, operation: &str, resource: &str) -> Refusal {
    Refusal::new(
        "AuthorizationError",
        format!(
            "User: arn:aws:iam::{account}:user/member is not authorized to perform: SNS:{operation} on resource: \
             {resource} because no resource-based policy allows the SNS:{operation} action"
        ),
    )
    .with_status(StatusCode::FORBIDDEN)
}

/// As many topics as may be.
pub fn too_many_topics(most: u32) -> Refusal {
    Refusal::new(
        "TopicLimitExceeded",
        format!("Your sandbox may have {most} topics, and has them. Delete one first."),
    )
    .with_status(StatusCode::FORBIDDEN)
}

/// As many subscriptions as may be.
pub fn too_many_subscriptions(most: u32) -> Refusal {
    Refusal::new(
        "SubscriptionLimitExceeded",
        format!("Your sandbox may have {most} subscriptions, and has them. Unsubscribe one first."),
    )
    .with_status(StatusCode::FORBIDDEN)
}

/// More tags than a topic may have.
pub fn too_many_tags() -> Refusal {
    Refusal::new(
        "TagLimitExceeded",
        "Could not complete request: tag quota of per resource exceeded",
    )
}

/// No room for what is to be kept.
pub fn full() -> Refusal {
    invalid(
        "Your sandbox's storage is full. Receive and delete messages, or delete a stream, queue or topic.",
    )
}

/// A batch without entries.
pub fn empty_batch() -> Refusal {
    Refusal::new(
        "EmptyBatchRequest",
        "The batch request doesn't contain any entries.",
    )
}

/// A batch with more than ten entries.
pub fn too_many_entries() -> Refusal {
    Refusal::new(
        "TooManyEntriesInBatchRequest",
        "The batch request contains more entries than permissible.",
    )
}

/// Two entries of one id.
pub fn ids_not_distinct() -> Refusal {
    Refusal::new(
        "BatchEntryIdsNotDistinct",
        "Two or more batch entries in the request have the same Id.",
    )
}

/// An entry's id has characters that ids have not, or too many.
pub fn invalid_entry_id(id: &str) -> Refusal {
    let wrong = if id.len() > 80 {
        "is too long"
    } else {
        "contains an impermissible character"
    };
    let shown: String = id.chars().take(200).collect();
    Refusal::new(
        "InvalidBatchEntryId",
        format!("The Id of a batch entry in the batch request {wrong}: {shown}"),
    )
}

/// All of a batch's messages together are too long.
pub fn batch_too_long() -> Refusal {
    Refusal::new(
        "BatchRequestTooLong",
        "The length of all the messages put together is more than the limit.",
    )
}
