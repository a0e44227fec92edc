//! Removing what an exercise made. Its file says how, in commands; those that name one thing of the sandbox's can be done
//! here.

use aws_sdk_dynamodb::operation::delete_table::DeleteTableError;
use aws_sdk_kinesis::operation::delete_stream::DeleteStreamError;
use aws_sdk_sqs::operation::get_queue_url::GetQueueUrlError;

use crate::region::Region;
use crate::sandbox::Sandbox;
use crate::tenant::Tenant;

/// Something that an exercise makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// What it is.
    pub kind: Kind,
    /// Its name; the whole command where it is something else.
    pub name: String,
    /// The command that removes it.
    pub command: String,
}

/// What an exercise makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A Kinesis stream.
    Stream,
    /// An SQS queue.
    Queue,
    /// An SNS topic.
    Topic,
    /// A DynamoDB table.
    Table,
    /// A saved query; kept outside of the sandbox.
    View,
    /// Anything else.
    Other,
}

/// What became of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Removed.
    Removed,
    /// It was not there.
    NotThere,
    /// It is not the sandbox's to remove.
    Elsewhere,
}

/// Something could not be removed.
#[derive(Debug, thiserror::Error)]
#[error("what an exercise made could not be removed")]
pub struct TidyError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Thing {
    /// What a command removes.
    pub fn of(command: &str) -> Self {
        let (kind, name) = [
            ("/stream delete name:", Kind::Stream),
            ("/queue delete name:", Kind::Queue),
            ("/topic delete name:", Kind::Topic),
            ("/table delete name:", Kind::Table),
            ("/stream sql drop:", Kind::View),
        ]
        .into_iter()
        .find_map(|(start, kind)| Some((kind, command.strip_prefix(start)?)))
        .filter(|(_, name)| !name.contains(char::is_whitespace))
        .unwrap_or((Kind::Other, command));
        Self {
            kind,
            name: name.to_owned(),
            command: command.to_owned(),
        }
    }

    /// What it is, in words.
    pub fn words(&self) -> String {
        let kind = match self.kind {
            Kind::Stream => "the stream",
            Kind::Queue => "the queue",
            Kind::Topic => "the topic",
            Kind::Table => "the table",
            Kind::View => "the view",
            Kind::Other => "what this removes:",
        };
        format!("{kind} `{}`", self.name)
    }

    /// Removes it from the region where exercises take place.
    pub async fn remove(&self, sandbox: &Sandbox, tenant: &Tenant) -> Result<Fate, TidyError> {
        match self.kind {
            Kind::Stream => self.stream(sandbox, tenant).await,
            Kind::Queue => self.queue(sandbox, tenant).await,
            Kind::Topic => self.topic(sandbox, tenant).await,
            Kind::Table => self.table(sandbox, tenant).await,
            Kind::View | Kind::Other => Ok(Fate::Elsewhere),
        }
    }

    async fn stream(&self, sandbox: &Sandbox, tenant: &Tenant) -> Result<Fate, TidyError> {
        let kinesis = sandbox.kinesis(tenant, Region::default());
        let asked = kinesis
            .delete_stream()
            .stream_name(&self.name)
            .enforce_consumer_deletion(true);
        let done = asked.send().await;
        fate(done, |error| {
            error
                .as_service_error()
                .is_some_and(DeleteStreamError::is_resource_not_found_exception)
        })
    }

    async fn queue(&self, sandbox: &Sandbox, tenant: &Tenant) -> Result<Fate, TidyError> {
        let sqs = sandbox.sqs(tenant, Region::default());
        let found = match sqs.get_queue_url().queue_name(&self.name).send().await {
            Ok(found) => found,
            Err(error) => {
                return fate(Err::<(), _>(error), |error| {
                    error
                        .as_service_error()
                        .is_some_and(GetQueueUrlError::is_queue_does_not_exist)
                });
            }
        };
        let url = found.queue_url.unwrap_or_default();
        fate(sqs.delete_queue().queue_url(url).send().await, |_| false)
    }

    /// SNS says the same of a topic that is there and of one that is not.
    async fn topic(&self, sandbox: &Sandbox, tenant: &Tenant) -> Result<Fate, TidyError> {
        let region = Region::default();
        let arn = format!("arn:aws:sns:{region}:{}:{}", tenant.account_id, self.name);
        let done = sandbox
            .sns(tenant, region)
            .delete_topic()
            .topic_arn(arn)
            .send()
            .await;
        fate(done, |_| false)
    }

    async fn table(&self, sandbox: &Sandbox, tenant: &Tenant) -> Result<Fate, TidyError> {
        let dynamodb = sandbox.dynamodb(tenant, Region::default());
        let done = dynamodb.delete_table().table_name(&self.name).send().await;
        fate(done, |error| {
            error
                .as_service_error()
                .is_some_and(DeleteTableError::is_resource_not_found_exception)
        })
    }
}

/// What an answer means, given what says that the thing was not there.
fn fate<T, E: std::error::Error + Send + Sync + 'static>(
    answer: Result<T, E>,
    is_missing: impl Fn(&E) -> bool,
) -> Result<Fate, TidyError> {
    match answer {
        Ok(_) => Ok(Fate::Removed),
        Err(error) if is_missing(&error) => Ok(Fate::NotThere),
        Err(error) => Err(TidyError(Box::new(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_what_it_removes() {
        for (command, words) in [
            ("/stream delete name:orders", "the stream `orders`"),
            ("/queue delete name:prints-failed", "the queue `prints-failed`"),
            ("/stream sql drop:totals", "the view `totals`"),
            (
                "/webhook delete name:in",
                "what this removes: `/webhook delete name:in`",
            ),
            (
                "/stream delete name:orders region:eu-west-1",
                "what this removes: `/stream delete name:orders region:eu-west-1`",
            ),
        ] {
            assert_eq!(Thing::of(command).words(), words);
        }
    }
}
