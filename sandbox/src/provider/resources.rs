//! What there is in the account that tenants share: listed by the prefix that our names have, and removed. It asks one service
//! after another, page by page; nothing is remembered here.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use chrono::{DateTime, Utc};
use futures::future::join_all;

use super::names::{Names, name_in};
use super::remote::Remote;
use crate::queues::seconds_in;
use crate::region::Region;
use crate::sandbox::SandboxError;
use crate::tenant::AccountId;

/// What kind of thing it is; each is of another service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceKind {
    /// A Kinesis stream.
    Stream,
    /// An SQS queue.
    Queue,
    /// An SNS topic.
    Topic,
    /// A DynamoDB table.
    Table,
}

impl ResourceKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Queue => "queue",
            Self::Topic => "topic",
            Self::Table => "table",
        }
    }
}

/// Something of a tenant's in the account that tenants share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// Whose it is.
    pub tenant: AccountId,
    /// Its name as the member writes it.
    pub name: String,
    /// Its name there.
    pub real: String,
    /// Its ARN.
    pub arn: String,
    /// When it was made, where AWS tells: of topics it does not.
    pub created_at: Option<DateTime<Utc>>,
}

/// A thing as it was listed: real name, ARN, Unix milliseconds.
type Listed = (String, String, Option<i64>);

impl Remote {
    /// What a tenant has in a region.
    pub async fn resources(
        &self,
        account: &AccountId,
        region: Region,
    ) -> Result<Vec<Resource>, SandboxError> {
        Box::pin(self.listed(&self.names_of(account), region)).await
    }

    /// What all tenants of this installation have in a region, those included that are no longer known.
    pub async fn leftovers(&self, region: Region) -> Result<Vec<Resource>, SandboxError> {
        Box::pin(self.listed(&self.names_of_all(), region)).await
    }

    async fn listed(&self, names: &Names, region: Region) -> Result<Vec<Resource>, SandboxError> {
        let config = self.config_for(names.clone(), region);
        let (streams, queues, topics, tables) = tokio::try_join!(
            streams(&config, names),
            queues(&config, names),
            topics(&config, names),
            tables(&config, names)
        )?;
        let kinds = [
            (ResourceKind::Stream, streams),
            (ResourceKind::Queue, queues),
            (ResourceKind::Topic, topics),
            (ResourceKind::Table, tables),
        ];
        let mut all = Vec::new();
        for (kind, listed) in kinds {
            all.extend(
                listed
                    .into_iter()
                    .filter_map(|listed| self.resource(kind, listed)),
            );
        }
        Ok(all)
    }

    /// Whose it is; `None` where it only begins like ours.
    fn resource(&self, kind: ResourceKind, (real, arn, created_at): Listed) -> Option<Resource> {
        let names = self.names_of_all();
        let (tenant, name) = names.short(&real)?.split_once('-')?;
        Some(Resource {
            kind,
            tenant: tenant.parse().ok()?,
            name: Some(name).filter(|name| !name.is_empty())?.to_owned(),
            arn,
            created_at: created_at.and_then(DateTime::from_timestamp_millis),
            real,
        })
    }

    /// Removes a thing. One that is gone already is no mistake.
    pub async fn remove(&self, region: Region, resource: &Resource) -> Result<(), SandboxError> {
        // A resource is a plain value that anyone can make: what it says of its tenant must be so.
        let names = self.names_of(&resource.tenant);
        if names.short(&resource.real) != Some(&*resource.name) || !names.own(&resource.arn) {
            return Err(SandboxError::NotOurs {
                real: resource.real.clone(),
            });
        }
        let config = self.config_of(&resource.tenant, region);
        let real = resource.real.as_str();
        match resource.kind {
            ResourceKind::Stream => {
                let client = aws_sdk_kinesis::Client::new(&config);
                let request = client.delete_stream().stream_name(real);
                removed(
                    "a stream cannot be deleted",
                    request.enforce_consumer_deletion(true).send().await,
                )
            }
            ResourceKind::Queue => {
                let client = aws_sdk_sqs::Client::new(&config);
                let url = match client.get_queue_url().queue_name(real).send().await {
                    Ok(found) => found.queue_url,
                    Err(error) => return removed::<(), _, _>("a queue cannot be found", Err(error)),
                };
                let request = client.delete_queue().set_queue_url(url);
                removed("a queue cannot be deleted", request.send().await)
            }
            ResourceKind::Topic => {
                let client = aws_sdk_sns::Client::new(&config);
                let request = client.delete_topic().topic_arn(&resource.arn);
                removed("a topic cannot be deleted", request.send().await)
            }
            ResourceKind::Table => {
                let client = aws_sdk_dynamodb::Client::new(&config);
                let request = client.delete_table().table_name(real);
                removed("a table cannot be deleted", request.send().await)
            }
        }
    }

    /// Removes all that a tenant has in every region. What cannot be removed is left, and told.
    pub async fn delete_all_of(&self, account: &AccountId) -> Result<(), SandboxError> {
        let emptied = join_all(Region::ALL.map(|region| self.empty(account, region))).await;
        let mut left = Vec::new();
        for region in emptied {
            left.extend(region?);
        }
        match left.into_iter().next() {
            None => Ok(()),
            Some(first) => Err(first),
        }
    }

    /// Why some of it is still there.
    async fn empty(&self, account: &AccountId, region: Region) -> Result<Vec<SandboxError>, SandboxError> {
        let mut failures = Vec::new();
        for resource in self.resources(account, region).await? {
            if let Err(error) = self.remove(region, &resource).await {
                tracing::warn!(error = %error, kind = resource.kind.as_str(), "a resource was left");
                failures.push(error);
            }
        }
        Ok(failures)
    }
}

async fn streams(config: &SdkConfig, names: &Names) -> Result<Vec<Listed>, SandboxError> {
    let client = aws_sdk_kinesis::Client::new(config);
    let (mut all, mut last) = (Vec::new(), None);
    loop {
        let request = client
            .list_streams()
            .limit(100)
            .set_exclusive_start_stream_name(last.take());
        let page = request
            .send()
            .await
            .map_err(|e| failed("streams cannot be listed", &e))?;
        let summaries = page.stream_summaries.unwrap_or_default();
        last = page.stream_names.last().cloned();
        for name in page.stream_names.iter().filter(|name| names.own(name)) {
            let Some(summary) = summaries.iter().find(|it| it.stream_name == *name) else {
                continue;
            };
            // One that is going is as good as gone.
            if summary.stream_status != aws_sdk_kinesis::types::StreamStatus::Deleting {
                let created_at = summary
                    .stream_creation_timestamp
                    .and_then(|at| at.to_millis().ok());
                all.push((name.clone(), summary.stream_arn.clone(), created_at));
            }
        }
        if !page.has_more_streams || last.is_none() {
            return Ok(all);
        }
    }
}

async fn queues(config: &SdkConfig, names: &Names) -> Result<Vec<Listed>, SandboxError> {
    use aws_sdk_sqs::types::QueueAttributeName as Name;
    let client = aws_sdk_sqs::Client::new(config);
    let mut all = Vec::new();
    let request = client
        .list_queues()
        .queue_name_prefix(names.before())
        .max_results(1_000);
    let mut urls = request.into_paginator().items().send();
    while let Some(url) = urls.next().await {
        let url = url.map_err(|e| failed("queues cannot be listed", &e))?;
        if !names.own(&url) {
            continue;
        }
        let request = client
            .get_queue_attributes()
            .queue_url(&url)
            .attribute_names(Name::All);
        let answer = match request.send().await {
            Ok(answer) => answer,
            // Deleted since it was listed.
            Err(e) if is_gone(&e) => continue,
            Err(e) => return Err(failed("a queue cannot be looked at", &e)),
        };
        let attributes = answer.attributes.unwrap_or_default();
        let seconds = attributes
            .get(&Name::CreatedTimestamp)
            .and_then(|text| seconds_in(text));
        let arn = attributes.get(&Name::QueueArn).cloned().unwrap_or_default();
        all.push((
            name_in(&url).to_owned(),
            arn,
            seconds.map(|seconds| seconds * 1_000),
        ));
    }
    Ok(all)
}

async fn topics(config: &SdkConfig, names: &Names) -> Result<Vec<Listed>, SandboxError> {
    let client = aws_sdk_sns::Client::new(config);
    let mut all = Vec::new();
    let mut topics = client.list_topics().into_paginator().items().send();
    while let Some(topic) = topics.next().await {
        let topic = topic.map_err(|e| failed("topics cannot be listed", &e))?;
        let arn = topic.topic_arn.unwrap_or_default();
        if names.own(&arn) {
            all.push((name_in(&arn).to_owned(), arn, None));
        }
    }
    Ok(all)
}

async fn tables(config: &SdkConfig, names: &Names) -> Result<Vec<Listed>, SandboxError> {
    let client = aws_sdk_dynamodb::Client::new(config);
    let mut all = Vec::new();
    let mut tables = client.list_tables().into_paginator().items().send();
    while let Some(name) = tables.next().await {
        let name = name.map_err(|e| failed("tables cannot be listed", &e))?;
        if !names.own(&name) {
            continue;
        }
        let answer = match client.describe_table().table_name(&name).send().await {
            Ok(answer) => answer,
            Err(e) if is_gone(&e) => {
                continue;
            }
            Err(e) => return Err(failed("a table cannot be looked at", &e)),
        };
        let Some(table) = answer.table else { continue };
        if table.table_status != Some(aws_sdk_dynamodb::types::TableStatus::Deleting) {
            let created_at = table.creation_date_time.and_then(|at| at.to_millis().ok());
            all.push((name, table.table_arn.unwrap_or_default(), created_at));
        }
    }
    Ok(all)
}

/// Whether there is nothing of that name any more.
fn is_gone<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    const GONE: [&str; 4] = [
        "ResourceNotFoundException",
        "NotFound",
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
    ];
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    code.is_some_and(|code| GONE.contains(&code))
}

/// One that was gone already is removed too.
fn removed<T, E, R>(what: &'static str, answer: Result<T, SdkError<E, R>>) -> Result<(), SandboxError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match answer {
        Err(error) if !is_gone(&error) => Err(failed(what, &error)),
        _ => Ok(()),
    }
}

/// What AWS said, or why it could not be asked, in words without the SDK's own structures.
fn failed<E, R>(what: &'static str, error: &SdkError<E, R>) -> SandboxError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let service = error.as_service_error();
    let told = service.and_then(|error| Some((error.code()?, error.message().unwrap_or("without a word"))));
    let why = match told {
        Some((code, message)) => format!("{code}, {message}"),
        None => causes(error),
    };
    SandboxError::Remote { what, why }
}

fn causes(error: &dyn std::error::Error) -> String {
    let all = std::iter::successors(Some(error), |error| error.source());
    all.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
