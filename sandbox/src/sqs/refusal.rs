//! What SQS says no with. Each is the shape of today's JSON protocol with the code of the older query protocol
//! beside it, by which boto3 and others still know it. Source: the Amazon SQS API Reference, "Errors" of each action,
//! and the service's published model (awsQueryError).

use http::StatusCode;

use crate::wire::Refusal;

fn refusal(shape: &str, code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::new(shape, message).with_query_code(code)
}

/// A parameter's value cannot be taken.
pub fn invalid_value(message: impl Into<String>) -> Refusal {
    refusal("InvalidParameterValueException", "InvalidParameterValue", message)
}

/// A parameter's value cannot be taken, in the form SQS names it.
pub fn invalid_parameter(name: &str, value: impl std::fmt::Display, reason: &str) -> Refusal {
    invalid_value(format!(
        "Value {value} for parameter {name} is invalid. Reason: {reason}"
    ))
}

/// A parameter is not there.
pub fn missing(parameter: &str) -> Refusal {
    refusal(
        "MissingParameterException",
        "MissingParameter",
        format!("The request must contain the parameter {parameter}."),
    )
}

/// There is no such queue.
pub fn no_such_queue() -> Refusal {
    refusal(
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "The specified queue does not exist.",
    )
}

/// A URL that names no queue of this endpoint.
pub fn invalid_address(url: &str) -> Refusal {
    refusal(
        "InvalidAddress",
        "InvalidAddress",
        format!("The address {url} is not valid for this endpoint."),
    )
}

/// Something of another account.
pub fn access_denied(account: &str, operation: &str, resource: &str) -> Refusal {
    refusal(
        "AccessDeniedException",
        "AccessDenied",
        format!(
            "User: arn:aws:iam::{account}:user/member is not authorized to perform: sqs:{} on resource: {resource} \
             because no resource-based policy allows the sqs:{} action",
            operation.to_lowercase(),
            operation.to_lowercase()
        ),
    )
    .with_status(StatusCode::FORBIDDEN)
}

/// A queue of this name has other attributes.
pub fn name_exists(attribute: &str) -> Refusal {
    refusal(
        "QueueNameExists",
        "QueueAlreadyExists",
        format!("A queue already exists with the same name and a different value for attribute {attribute}"),
    )
}

/// A queue of this name was deleted less than a minute ago.
pub fn deleted_recently() -> Refusal {
    refusal(
        "QueueDeletedRecently",
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    )
}

/// A purge less than a minute after the last.
pub fn purge_in_progress(queue: &str) -> Refusal {
    refusal(
        "PurgeQueueInProgress",
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        format!("Only one PurgeQueue operation on {queue} is allowed every 60 seconds."),
    )
}

/// An attribute that queues do not have.
pub fn unknown_attribute(name: &str) -> Refusal {
    refusal(
        "InvalidAttributeName",
        "InvalidAttributeName",
        format!("Unknown Attribute {name}."),
    )
}

/// An attribute's value cannot be taken.
pub fn invalid_attribute(name: &str) -> Refusal {
    refusal(
        "InvalidAttributeValue",
        "InvalidAttributeValue",
        format!("Invalid value for the parameter {name}."),
    )
}

/// A body with characters that XML has not.
pub fn invalid_contents() -> Refusal {
    refusal(
        "InvalidMessageContents",
        "InvalidMessageContents",
        "Invalid characters were found in the message body. Valid unicode characters are #x9 | #xA | #xD | #x20 to \
         #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.",
    )
}

/// A handle that was never given out for this queue.
pub fn invalid_handle(handle: &str) -> Refusal {
    let shown: String = handle.chars().take(200).collect();
    refusal(
        "ReceiptHandleIsInvalid",
        "ReceiptHandleIsInvalid",
        format!("The input receipt handle \"{shown}\" is not a valid receipt handle."),
    )
}

/// The message can be received by anybody, so its visibility cannot be changed.
pub fn not_in_flight() -> Refusal {
    refusal(
        "MessageNotInflight",
        "AWS.SimpleQueueService.MessageNotInflight",
        "The message referred to isn't in flight.",
    )
}

/// Too much of something.
pub fn over_limit(message: impl Into<String>) -> Refusal {
    refusal("OverLimit", "OverLimit", message)
}

/// Not possible on this queue, or not now.
pub fn unsupported(message: impl Into<String>) -> Refusal {
    refusal(
        "UnsupportedOperation",
        "AWS.SimpleQueueService.UnsupportedOperation",
        message,
    )
}

/// What a move task names is not there.
pub fn resource_not_found(message: &str) -> Refusal {
    refusal("ResourceNotFoundException", "ResourceNotFoundException", message)
}

/// A key of one's own and SQS's own key at once.
pub fn two_encryptions() -> Refusal {
    refusal(
        "InvalidAttributeName",
        "InvalidAttributeName",
        "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    )
}

/// A batch without entries.
pub fn empty_batch(entry: &str) -> Refusal {
    refusal(
        "EmptyBatchRequest",
        "AWS.SimpleQueueService.EmptyBatchRequest",
        format!("There should be at least one {entry} in the request."),
    )
}

/// A batch with more than ten entries.
pub fn too_many_entries(count: usize) -> Refusal {
    refusal(
        "TooManyEntriesInBatchRequest",
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        format!("Maximum number of entries per request are 10. You have sent {count}."),
    )
}

/// Two entries of one id.
pub fn ids_not_distinct(id: &str) -> Refusal {
    refusal(
        "BatchEntryIdsNotDistinct",
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        format!("Id {id} repeated."),
    )
}

/// An entry's id has characters that ids have not, or too many.
pub fn invalid_entry_id() -> Refusal {
    refusal(
        "InvalidBatchEntryId",
        "AWS.SimpleQueueService.InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 \
         letters long.",
    )
}

/// All of a batch's messages together are too long.
pub fn batch_too_long(limit: usize, sent: usize) -> Refusal {
    refusal(
        "BatchRequestTooLong",
        "AWS.SimpleQueueService.BatchRequestTooLong",
        format!("Batch requests cannot be longer than {limit} bytes. You have sent {sent} bytes."),
    )
}
