//! What these tests share: a member with a client, and short words for what producers and consumers do.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_kinesis::operation::get_records::GetRecordsOutput;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, Shard, ShardIteratorType, StreamStatus};
use sandbox::Region;

use crate::common::World;

pub const FIRST: &str = "shardId-000000000000";

/// A world, and ana's client in it.
pub struct House {
    pub world: World,
    pub ana: Client,
}

impl House {
    pub async fn new() -> Self {
        Self::over(World::new().await)
    }

    /// One in which changes take long enough to be seen under way.
    pub async fn slow(delay: Duration) -> Self {
        Self::over(World::with(|settings| settings.stream_delay = delay).await)
    }

    /// One with AWS's limits for each shard, in a second that lasts.
    pub async fn in_one_second() -> Self {
        Self::over(World::in_one_second().await)
    }

    /// The same after its process stopped and started again.
    pub async fn restarted(self) -> Self {
        drop(self.ana);
        Self::over(self.world.restarted().await)
    }

    fn over(world: World) -> Self {
        let ana = world.sandbox.kinesis(&world.ana, Region::UsEast1);
        Self { world, ana }
    }

    pub async fn stream(&self, name: &str, shards: i32) {
        let create = self.ana.create_stream().stream_name(name);
        create.shard_count(shards).send().await.unwrap();
        self.active(name).await;
    }

    /// Waits until a change has taken effect.
    pub async fn active(&self, name: &str) {
        while self.status(name).await != StreamStatus::Active {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn status(&self, name: &str) -> StreamStatus {
        let asked = self.ana.describe_stream_summary().stream_name(name);
        let said = asked.send().await.unwrap().stream_description_summary.unwrap();
        said.stream_status
    }

    pub async fn put(&self, name: &str, key: &str, data: &[u8]) -> String {
        let put = self.ana.put_record().stream_name(name).partition_key(key);
        put.data(Blob::new(data)).send().await.unwrap().sequence_number
    }

    pub async fn shards(&self, name: &str) -> Vec<Shard> {
        let listed = self.ana.list_shards().stream_name(name).send().await.unwrap();
        listed.shards.unwrap_or_default()
    }

    pub async fn iterator(&self, name: &str, shard: &str, kind: ShardIteratorType) -> String {
        let asked = self.ana.get_shard_iterator().stream_name(name).shard_id(shard);
        let given = asked.shard_iterator_type(kind).send().await.unwrap();
        given.shard_iterator.unwrap()
    }

    pub async fn get(&self, iterator: &str) -> GetRecordsOutput {
        self.ana
            .get_records()
            .shard_iterator(iterator)
            .send()
            .await
            .unwrap()
    }

    pub fn arn(&self, name: &str) -> String {
        format!(
            "arn:aws:kinesis:us-east-1:{}:stream/{name}",
            self.world.ana.account_id
        )
    }

    /// A registered consumer's ARN, once it is ACTIVE.
    pub async fn consumer(&self, stream: &str, name: &str) -> String {
        let register = self.ana.register_stream_consumer().stream_arn(self.arn(stream));
        let arn = register
            .consumer_name(name)
            .send()
            .await
            .unwrap()
            .consumer
            .unwrap()
            .consumer_arn;
        loop {
            let asked = self.ana.describe_stream_consumer().consumer_arn(&arn);
            let said = asked.send().await.unwrap().consumer_description.unwrap();
            if said.consumer_status.as_str() == "ACTIVE" {
                return arn;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

pub fn entry(key: &str, data: &[u8]) -> PutRecordsRequestEntry {
    let entry = PutRecordsRequestEntry::builder().partition_key(key);
    entry.data(Blob::new(data)).build().unwrap()
}

/// The code of a refusal.
pub fn code<T, E, R>(result: Result<T, SdkError<E, R>>) -> String
where
    T: std::fmt::Debug,
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    refusal(result).0
}

/// The code and the words of a refusal.
pub fn refusal<T, E, R>(result: Result<T, SdkError<E, R>>) -> (String, String)
where
    T: std::fmt::Debug,
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match result {
        Err(SdkError::ServiceError(error)) => {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            (text(error.err().code()), text(error.err().message()))
        }
        Err(other) => panic!("there was no answer: {}", DisplayErrorContext(&other)),
        Ok(answer) => panic!("this should be refused, and answered {answer:?}"),
    }
}
