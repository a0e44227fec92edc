//! What was answered is kept: over a restart, over `kill -9`, over leaving memory.

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{Tenants, World};
use sandbox::streams::{From, Position, Read, Status, StreamError, Streams};
use sandbox::{AccountId, Region, Sandbox, SandboxSettings, Tenant};

const HERE: Region = Region::UsEast1;

async fn all(streams: &Streams, name: &str) -> Vec<(String, String)> {
    let read = Read {
        from: From::Oldest,
        shard: None,
        limit: 100_000,
    };
    let records = streams.read(name, read).await.unwrap().records;
    records
        .into_iter()
        .map(|r| (r.sequence, String::from_utf8(r.data).unwrap()))
        .collect()
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let world = World::new().await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    let before = streams.create("orders", 2).await.unwrap();
    for n in 0..20 {
        streams
            .put("orders", &format!("user-{n}"), n.to_string().as_bytes())
            .await
            .unwrap();
    }
    let client = world.sandbox.kinesis(&world.ana, HERE);
    client
        .add_tags_to_stream()
        .stream_name("orders")
        .tags("team", "blue")
        .send()
        .await
        .unwrap();
    client
        .increase_stream_retention_period()
        .stream_name("orders")
        .retention_period_hours(48)
        .send()
        .await
        .unwrap();
    let consumer = client
        .register_stream_consumer()
        .stream_arn(&before.arn)
        .consumer_name("fan")
        .send()
        .await
        .unwrap();
    let records = all(&streams, "orders").await;

    let world = world.restarted().await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    assert_eq!(all(&streams, "orders").await, records);
    let after = streams.describe("orders").await.unwrap();
    assert_eq!((after.shards, after.retention_hours), (before.shards, 48));
    let client = world.sandbox.kinesis(&world.ana, HERE);
    let tags = client
        .list_tags_for_stream()
        .stream_name("orders")
        .send()
        .await
        .unwrap()
        .tags;
    assert_eq!((tags[0].key(), tags[0].value()), ("team", Some("blue")));
    let arn = consumer.consumer.unwrap().consumer_arn;
    client
        .describe_stream_consumer()
        .consumer_arn(arn)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn sequence_numbers_go_on_rising_after_a_restart() {
    let mut world = World::new().await;
    world
        .sandbox
        .streams(&world.ana, HERE)
        .create("orders", 1)
        .await
        .unwrap();
    let mut last = String::new();
    for _ in 0..3 {
        let streams = world.sandbox.streams(&world.ana, HERE);
        for _ in 0..5 {
            let put = streams.put("orders", "k", b"x").await.unwrap();
            assert!((put.sequence.len(), &put.sequence) > (last.len(), &last));
            last = put.sequence;
        }
        world = world.restarted().await;
    }
}

#[tokio::test]
async fn a_reader_goes_on_where_it_was_after_a_restart() {
    let world = World::new().await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    streams.create("orders", 1).await.unwrap();
    streams.put("orders", "k", b"read").await.unwrap();
    let read = |position: Position| Read {
        from: From::Position(position),
        shard: None,
        limit: 10,
    };
    let position = streams
        .read("orders", read(Position::default()))
        .await
        .unwrap()
        .position;
    streams.put("orders", "k", b"unread").await.unwrap();

    let world = world.restarted().await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    let reading = streams.read("orders", read(position)).await.unwrap();
    assert_eq!(
        reading.records.iter().map(|r| &r.data[..]).collect::<Vec<_>>(),
        [b"unread"]
    );
}

#[tokio::test]
async fn a_change_that_had_not_taken_effect_is_made_after_the_restart() {
    // So slow that nothing takes effect before the stop.
    let world = World::with(|s| s.stream_delay = Duration::from_hours(1)).await;
    let client = world.sandbox.kinesis(&world.ana, HERE);
    client
        .create_stream()
        .stream_name("orders")
        .shard_count(2)
        .send()
        .await
        .unwrap();

    let World {
        folder,
        mut settings,
        sandbox,
        ana,
        ..
    } = world;
    drop((sandbox, client));
    settings.stream_delay = Duration::from_millis(1);
    let sandbox = common::open(&settings, &[&ana]).await;
    let streams = sandbox.streams(&ana, HERE);
    let orders = loop {
        let orders = streams.describe("orders").await.unwrap();
        if orders.status == Status::Active {
            break orders;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(orders.open_shards().count(), 2);
    streams.put("orders", "k", b"x").await.unwrap();
    drop(folder);
}

#[tokio::test]
async fn resharding_that_was_interrupted_is_finished_with_every_shards_parents() {
    let World {
        folder,
        mut settings,
        sandbox,
        ana,
        ..
    } = World::new().await;
    let streams = sandbox.streams(&ana, HERE);
    streams.create("orders", 4).await.unwrap();
    streams.put("orders", "k", b"before").await.unwrap();
    drop((sandbox, streams));

    settings.stream_delay = Duration::from_hours(1);
    let sandbox = common::open(&settings, &[&ana]).await;
    let client = sandbox.kinesis(&ana, HERE);
    let uniform = aws_sdk_kinesis::types::ScalingType::UniformScaling;
    client
        .update_shard_count()
        .stream_name("orders")
        .target_shard_count(2)
        .scaling_type(uniform)
        .send()
        .await
        .unwrap();
    drop((sandbox, client));

    settings.stream_delay = Duration::from_millis(1);
    let sandbox = common::open(&settings, &[&ana]).await;
    let streams = sandbox.streams(&ana, HERE);
    let made = loop {
        let orders = streams.describe("orders").await.unwrap();
        if orders.shards.len() == 6 && orders.shards[5].parent.is_some() {
            break orders;
        }
        tokio::task::yield_now().await;
    };
    let family = |n: usize| {
        (
            made.shards[n].parent.clone().unwrap(),
            made.shards[n].adjacent_parent.clone().unwrap(),
        )
    };
    let ids = |a: usize, b: usize| (made.shards[a].id.clone(), made.shards[b].id.clone());
    assert_eq!((family(4), family(5)), (ids(0, 1), ids(2, 3)));
    streams.put("orders", "k", b"after").await.unwrap();
    drop((sandbox, streams));

    let sandbox = common::open(&settings, &[&ana]).await;
    let streams = sandbox.streams(&ana, HERE);
    assert_eq!(streams.describe("orders").await.unwrap().shards, made.shards);
    let data: Vec<_> = all(&streams, "orders")
        .await
        .into_iter()
        .map(|(_, data)| data)
        .collect();
    assert_eq!(data, ["before", "after"]);
    drop(folder);
}

#[tokio::test]
async fn a_deleted_streams_namesake_starts_empty_even_after_a_restart() {
    let world = World::new().await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    streams.create("orders", 1).await.unwrap();
    streams.put("orders", "k", b"old").await.unwrap();
    streams.delete("orders").await.unwrap();
    while streams.list().await != Ok(vec![]) {
        tokio::task::yield_now().await;
    }
    streams.create("orders", 1).await.unwrap();
    streams.put("orders", "k", b"new").await.unwrap();
    let world = world.restarted().await;
    let records = all(&world.sandbox.streams(&world.ana, HERE), "orders").await;
    assert_eq!(
        records.into_iter().map(|(_, data)| data).collect::<Vec<_>>(),
        ["new"]
    );
}

#[tokio::test]
async fn idle_tenants_leave_memory_and_come_back_whole() {
    let world = World::with(|s| s.most_loaded = 2).await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    streams.create("orders", 1).await.unwrap();
    streams.put("orders", "k", b"kept").await.unwrap();
    assert_eq!(world.sandbox.loaded(), 1);
    while world.sandbox.put_away(Duration::ZERO) == 0 {
        // The creation's own task may hold it for a moment more.
        tokio::task::yield_now().await;
    }
    assert_eq!(world.sandbox.loaded(), 0);
    assert_eq!(all(&streams, "orders").await[0].1, "kept");
    assert_eq!(world.sandbox.loaded(), 1);
}

#[tokio::test]
async fn no_more_tenants_are_in_memory_than_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = SandboxSettings {
        most_loaded: 3,
        ..SandboxSettings::new(folder.path())
    };
    let members: Vec<Tenant> = (0..10).map(|n| Tenant::generate(format!("member {n}"))).collect();
    let sandbox = common::open(&settings, &members.iter().collect::<Vec<_>>()).await;
    for member in members.iter().chain(&members) {
        assert_eq!(sandbox.streams(member, HERE).list().await, Ok(vec![]));
        assert!(sandbox.loaded() <= 3);
    }
}

#[tokio::test]
async fn more_tenants_at_once_than_fit_wait_for_room() {
    let folder = tempfile::tempdir().unwrap();
    let settings = SandboxSettings {
        most_loaded: 2,
        ..SandboxSettings::new(folder.path())
    };
    let members: Vec<Tenant> = (0..10).map(|n| Tenant::generate(format!("member {n}"))).collect();
    let sandbox = common::open(&settings, &members.iter().collect::<Vec<_>>()).await;
    let creations = members.iter().map(async |member| {
        let streams = sandbox.streams(member, HERE);
        streams.create("orders", 1).await.map(|_| ())
    });
    assert_eq!(futures::future::join_all(creations).await, vec![Ok(()); 10]);
}

#[tokio::test]
async fn a_deleted_tenant_leaves_nothing() {
    let world = World::new().await;
    let (ana, ben) = (
        world.sandbox.streams(&world.ana, HERE),
        world.sandbox.streams(&world.ben, HERE),
    );
    ana.create("orders", 1).await.unwrap();
    ben.create("orders", 1).await.unwrap();
    world.sandbox.delete_tenant(&world.ana.account_id).await.unwrap();
    assert!(!world.folder.path().join(world.ana.account_id.as_str()).exists());
    assert_eq!(
        ana.put("orders", "k", b"x").await,
        Err(StreamError::NoSuchStream {
            name: "orders".into()
        })
    );
    assert_eq!(ben.list().await.unwrap(), ["orders"]);
}

#[tokio::test]
async fn a_folder_is_opened_by_one_process_at_a_time() {
    let world = World::new().await;
    let second = Sandbox::open(world.settings.clone(), Tenants::of(&[])).await;
    assert!(matches!(second, Err(sandbox::OpenError::InUse { .. })));
}

/// The story of `kill -9` runs this test binary again, as the process that is killed.
const VICTIM: &str = "SANDBOX_TEST_VICTIM";

fn the_same_tenant_in_both_processes() -> Tenant {
    Tenant {
        member: "ana".into(),
        account_id: "123456789012".parse::<AccountId>().unwrap(),
        access_key_id: "AKIAAAAAAAAAAAAAAAAA".into(),
        secret_access_key: "not a secret".to_owned().into(),
    }
}

#[tokio::test]
async fn nothing_answered_is_lost_to_kill_9() {
    if let Some(folder) = std::env::var_os(VICTIM) {
        return put_until_killed(folder.into()).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut answered = BTreeMap::new();
    let mut run = 0;
    while run < 3 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "nothing_answered_is_lost_to_kill_9", "--nocapture"])
            .env(VICTIM, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        let puts = lines.map(Result::unwrap).filter_map(|line| {
            let (sequence, data) = line.strip_prefix("put ")?.split_once(' ')?;
            Some((sequence.to_owned(), data.to_owned()))
        });
        let before = answered.len();
        answered.extend(puts.take(40));
        victim.kill().unwrap();
        victim.wait().unwrap();
        assert_eq!(answered.len(), before + 40, "no sequence number twice");
        run += 1;
    }
    let ana = the_same_tenant_in_both_processes();
    let sandbox = common::open(&SandboxSettings::new(folder.path()), &[&ana]).await;
    let kept: BTreeMap<_, _> = all(&sandbox.streams(&ana, HERE), "orders")
        .await
        .into_iter()
        .collect();
    for (sequence, data) in &answered {
        assert_eq!(kept.get(sequence), Some(data));
    }
}

async fn put_until_killed(folder: std::path::PathBuf) {
    let ana = the_same_tenant_in_both_processes();
    let settings = SandboxSettings {
        stream_delay: Duration::from_millis(1),
        ..SandboxSettings::new(folder)
    };
    let sandbox = common::open(&settings, &[&ana]).await;
    let streams = sandbox.streams(&ana, HERE);
    match streams.create("orders", 3).await {
        Ok(_) | Err(StreamError::AlreadyExists { .. }) => {}
        Err(error) => panic!("{error}"),
    }
    let mut out = std::io::stdout();
    for n in 0.. {
        let data = format!("{}-{n}", std::process::id());
        match streams.put("orders", &data, data.as_bytes()).await {
            Ok(put) => writeln!(out, "put {} {data}", put.sequence).unwrap(),
            Err(StreamError::Throttled) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}
