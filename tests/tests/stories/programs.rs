//! Members' own programs against their sandbox: the AWS SDK over TCP, with the keys that chat shows.

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::ShardIteratorType;
use tests::Person;

use crate::demo;

/// What a member copies from `/sandbox credentials`.
struct Keys {
    access: String,
    secret: String,
    endpoint: String,
}

async fn keys(person: Person<'_>) -> Keys {
    let shown = person
        .slash("lab", "/sandbox credentials")
        .await
        .fine()
        .privately();
    let text = shown.text();
    let line = |name: &str| {
        let start = format!("{name} = ");
        let found = text.lines().find_map(|line| line.strip_prefix(&start));
        found
            .unwrap_or_else(|| panic!("no {name} in:\n{text}"))
            .to_owned()
    };
    Keys {
        access: line("aws_access_key_id"),
        secret: line("aws_secret_access_key"),
        endpoint: line("endpoint_url"),
    }
}

fn client(keys: &Keys) -> Client {
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(&keys.access, &keys.secret, None, None, "chat"))
        .endpoint_url(&keys.endpoint)
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

/// The name of the refusal.
fn refusal<T, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> String {
    match result {
        Err(SdkError::ServiceError(error)) => error.err().code().unwrap_or_default().to_owned(),
        Err(_) => "no answer".to_owned(),
        Ok(_) => "let in".to_owned(),
    }
}

async fn iterator(client: &Client, stream: &str) -> String {
    let asked = client
        .get_shard_iterator()
        .stream_name(stream)
        .shard_id("shardId-000000000000")
        .shard_iterator_type(ShardIteratorType::TrimHorizon)
        .send();
    asked
        .await
        .expect("it is hers")
        .shard_iterator
        .unwrap_or_default()
}

#[tokio::test]
async fn anas_program_and_anas_chat_see_the_same_stream() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    drop(
        ana.slash("lab", "/stream put name:orders key:a data:from chat")
            .await
            .fine(),
    );
    let program = client(&keys(ana).await);
    let names = program.list_streams().send().await.expect("a list").stream_names;
    assert_eq!(names, ["orders"]);
    let put = program.put_record().stream_name("orders").partition_key("b");
    put.data(Blob::new("from a program"))
        .send()
        .await
        .expect("it is put");
    let read = program
        .get_records()
        .shard_iterator(iterator(&program, "orders").await);
    let records = read.send().await.expect("it reads").records;
    let read: Vec<&[u8]> = records.iter().map(|record| record.data.as_ref()).collect();
    assert_eq!(read, [b"from chat".as_slice(), b"from a program"]);
    drop(
        ana.slash("lab", "/stream read name:orders")
            .await
            .fine()
            .says("`from a program`"),
    );
    world.end().await;
}

#[tokio::test]
async fn bens_keys_reach_nothing_of_anas() {
    let world = demo().await;
    drop(
        world
            .ana()
            .slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    drop(
        world
            .ben()
            .slash("lab", "/stream create name:clicks shards:1")
            .await
            .fine(),
    );
    let (anas, bens) = (keys(world.ana()).await, keys(world.ben()).await);
    assert_ne!((&anas.access, &anas.secret), (&bens.access, &bens.secret));
    let (ana, ben) = (client(&anas), client(&bens));
    let described = ana
        .describe_stream_summary()
        .stream_name("orders")
        .send()
        .await
        .expect("hers");
    let arn = described
        .stream_description_summary
        .map(|it| it.stream_arn)
        .unwrap_or_default();
    let hers = iterator(&ana, "orders").await;
    let names = ben.list_streams().send().await.expect("a list").stream_names;
    assert_eq!(names, ["clicks"]);
    let by_name = ben.describe_stream_summary().stream_name("orders").send().await;
    assert_eq!(refusal(by_name), "ResourceNotFoundException");
    let by_arn = ben.describe_stream_summary().stream_arn(&arn).send().await;
    assert_ne!(refusal(by_arn), "let in", "by ARN {arn}");
    let delete = ben.delete_stream().stream_arn(&arn).send().await;
    assert_ne!(refusal(delete), "let in", "delete by ARN");
    let by_iterator = ben.get_records().shard_iterator(&hers).send().await;
    assert_ne!(refusal(by_iterator), "let in", "by iterator");
    let forged = Keys {
        secret: bens.secret.clone(),
        ..anas
    };
    let forged = client(&forged).list_streams().send().await;
    assert_ne!(refusal(forged), "let in", "ana's key with ben's secret");
    drop(
        world
            .ana()
            .slash("lab", "/stream list")
            .await
            .fine()
            .says("`orders`"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_program_is_told_the_limits_in_awss_words() {
    let world = demo().await;
    drop(
        world
            .ana()
            .slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    let program = client(&keys(world.ana()).await);
    let put = |key: &str, data: Vec<u8>| {
        let put = program.put_record().stream_name("orders").partition_key(key);
        put.data(Blob::new(data)).send()
    };
    assert_eq!(
        refusal(put("a", vec![b'x'; 1_048_577]).await),
        "ValidationException"
    );
    assert_eq!(
        refusal(put(&"k".repeat(257), b"x".to_vec()).await),
        "ValidationException"
    );
    let wide = program
        .create_stream()
        .stream_name("wide")
        .shard_count(50)
        .send()
        .await;
    assert_eq!(refusal(wide), "LimitExceededException");
    world.end().await;
}

#[tokio::test]
async fn a_flooding_program_is_throttled_and_chat_says_so() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    let program = client(&keys(ana).await);
    let flood = async {
        let mut refused = 0;
        // Its hundred a second are gone within the first rounds; each round takes all that comes back.
        for _ in 0..40 {
            let asked: Vec<_> = (0..50)
                .map(|_| tokio::spawn(program.list_streams().send()))
                .collect();
            for one in asked {
                let outcome = one.await.expect("it ends");
                refused += usize::from(refusal(outcome).contains("LimitExceeded"));
            }
        }
        refused
    };
    let chat = async {
        let mut told = false;
        for _ in 0..12 {
            let answer = ana
                .slash("lab", "/stream put name:orders key:a data:b")
                .await
                .fine();
            told |= answer.text().contains("Too fast");
        }
        told
    };
    let (refused, told) = tokio::join!(flood, chat);
    assert!(refused > 0, "the program is throttled");
    assert!(told, "and chat says why");
    let ben = client(&keys(world.ben()).await);
    assert_eq!(
        refusal(ben.list_streams().send().await),
        "let in",
        "ben is not slowed down"
    );
    world.end().await;
}
