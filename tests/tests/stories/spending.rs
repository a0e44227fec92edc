//! The sandbox on a real AWS account, which moto's server plays: what costs is asked about first, has ceilings, and goes.

use serde_json::{Value, json};
use tests::{Answer, MONDAY, Moto, World, until};

use crate::PROGRAM;

/// Where members look at AWS themselves.
const CONSOLE: [(&str, &str); 3] = [
    ("console", "https://example.signin.aws.amazon.com/console"),
    ("username", "learner"),
    ("password", "look-but-do-not-touch"),
];

/// A demo world on AWS in which everyone may spend, with these settings besides; `None` where moto is not to be had.
async fn on_aws(settings: &[(&str, &str)]) -> Option<(World, Moto)> {
    let moto = Moto::start()?;
    let mut world = World::empty(PROGRAM, MONDAY).await;
    for (name, value) in [
        ("TRIBUTARY_SANDBOX__PROVIDER", "aws"),
        ("TRIBUTARY_SANDBOX__ENDPOINT", &moto.url),
        ("TRIBUTARY_SANDBOX__PREFIX", "story"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "an-example-and-no-secret"),
    ] {
        world.tell(name, value);
    }
    let guild = world.state().await["guild"]["id"]
        .as_str()
        .expect("a guild")
        .to_owned();
    world.tell("TRIBUTARY_SANDBOX__AWS__GUILDS", &guild);
    // The role of everyone has the guild's id.
    world.tell("TRIBUTARY_SANDBOX__AWS__ROLES", &guild);
    for (name, value) in settings {
        world.tell(name, value);
    }
    world.start_bot().await;
    Some((world, moto))
}

/// The names of streams that are really there, whoever's.
async fn streams(moto: &Moto) -> Vec<String> {
    let names = moto
        .ask("kinesis", "Kinesis_20131202.ListStreams", &json!({}))
        .await;
    let names = names["StreamNames"].as_array().cloned().unwrap_or_default();
    names
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Asks for a stream, says yes, and sees it made.
async fn makes(world: &World, who: &str, command: &str) -> Answer {
    let asked = world.person(who).slash("lab", command).await.fine().privately();
    let label = create_label(&asked);
    world.person(who).press(&asked, &label).await.fine()
}

fn create_label(asked: &Answer) -> String {
    let buttons = asked.messages().iter().flat_map(tests::components);
    let labels = buttons.filter_map(|it| it["label"].as_str());
    let mut labels = labels.filter(|label| label.starts_with("Create it") || label.starts_with("Do it"));
    labels
        .next()
        .unwrap_or_else(|| panic!("nothing to say yes to:\n{asked}"))
        .to_owned()
}

#[tokio::test]
async fn nothing_is_created_before_ana_says_yes_to_its_price() {
    let Some((world, moto)) = on_aws(&[]).await else {
        return;
    };
    let (ana, ben) = (world.ana(), world.ben());
    let asked = ana
        .slash("lab", "/stream create name:orders shards:1")
        .await
        .fine()
        .privately()
        .says("Create the stream orders?")
        .says("$0.015")
        .says("$0.36 of $2.00");
    assert_eq!(streams(&moto).await, Vec::<String>::new());
    drop(
        ana.press(&asked, "Leave it")
            .await
            .fine()
            .says("Nothing was created"),
    );
    assert_eq!(streams(&moto).await, Vec::<String>::new());
    drop(ana.press(&asked, "Leave it").await);

    let asked = ana
        .slash("lab", "/stream create name:orders shards:1")
        .await
        .fine();
    let message = asked.with_button("Create it (about $0.36 at most)");
    drop(
        ben.click(&message, "Create it (about $0.36 at most)")
            .await
            .impossible(),
    );
    let yes = ana.press(&asked, "Create it (about $0.36 at most)").await.fine();
    drop(yes.says("orders is ACTIVE").says("1 open shard"));
    assert_eq!(streams(&moto).await.len(), 1);
    drop(
        ana.slash("lab", "/stream put name:orders key:user-1 data:hello")
            .await
            .fine()
            .publicly()
            .says("Sequence number"),
    );
    drop(
        ana.slash("lab", "/sandbox usage")
            .await
            .fine()
            .privately()
            .says("`orders`")
            .says("$0.015 an hour")
            .says("$0.37 of $2.00"),
    );
    let asked = ana.slash("lab", "/sandbox reset").await.fine().privately();
    drop(ana.press(&asked, "Empty my sandbox").await.fine());
    until("her sandbox is empty", async || streams(&moto).await.is_empty()).await;
    let usage = ana.slash("lab", "/sandbox usage").await.fine();
    drop(
        usage
            .says("Nothing of yours stands at AWS")
            .says("$0.02 of $2.00"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_yes_counts_once_and_not_for_ever() {
    let Some((mut world, moto)) = on_aws(&[]).await else {
        return;
    };
    let asked = world
        .ana()
        .slash("lab", "/stream create name:orders")
        .await
        .fine();
    let message = asked.with_button("Create it (about $0.36 at most)");
    let id = custom_id(&asked, "Create it (about $0.36 at most)");
    drop(world.ana().click(&message, &id).await.fine().says("is ACTIVE"));
    // A second press of what an older client still shows.
    world.restart_bot().await;
    let late = world
        .ana()
        .slash("lab", "/stream create name:clicks")
        .await
        .fine();
    let label = "Create it (about $0.36 at most)";
    world.clock(json!({"advance": "16m"})).await;
    drop(
        world
            .ana()
            .press(&late, label)
            .await
            .fine()
            .privately()
            .says("over a quarter of an hour old"),
    );
    assert_eq!(streams(&moto).await.len(), 1);
    world.end().await;
}

fn custom_id(seen: &Answer, label: &str) -> String {
    let mut buttons = seen.messages().iter().flat_map(tests::components);
    let found = buttons.find(|it| it["label"] == label).expect("the button");
    found["custom_id"].as_str().expect("its id").to_owned()
}

#[tokio::test]
async fn what_makes_a_stream_dearer_is_asked_about_and_what_makes_it_cheaper_counts() {
    let Some((world, _moto)) = on_aws(&[]).await else {
        return;
    };
    let ana = world.ana();
    drop(
        makes(&world, "ana", "/stream create name:orders shards:1")
            .await
            .says("is ACTIVE"),
    );
    let hourly = async |price: &str| {
        let price = format!("{price} an hour");
        until("the new price is known", async || {
            ana.slash("lab", "/sandbox usage").await.text().contains(&price)
        })
        .await;
    };
    drop(
        makes(&world, "ana", "/stream consumers name:orders register:analytics")
            .await
            .says("analytics"),
    );
    hourly("$0.03").await;
    let asked = ana
        .slash("lab", "/stream retention name:orders hours:48")
        .await
        .fine()
        .privately();
    drop(
        asked
            .says("Keep the records of orders for 48 hours?")
            .says("$0.023"),
    );
    drop(
        makes(&world, "ana", "/stream split name:orders shard:0")
            .await
            .says("shard 2"),
    );
    hourly("$0.06").await;
    drop(
        ana.slash("lab", "/stream consumers name:orders remove:analytics")
            .await
            .fine()
            .publicly(),
    );
    hourly("$0.03").await;
    drop(
        ana.slash("lab", "/stream merge name:orders shard:1 with:2")
            .await
            .fine()
            .publicly(),
    );
    hourly("$0.015").await;
    let asked = ana
        .slash("lab", "/lab load name:orders rate:20 duration:5")
        .await
        .fine()
        .privately();
    let asked = asked.says("Put 100 records on orders?");
    drop(
        ana.press(&asked, "Do it (less than $0.01)")
            .await
            .fine()
            .publicly(),
    );
    until("the load is over", async || {
        world
            .channel("lab")
            .await
            .iter()
            .any(|it| tests::words(it).contains("orders took 100 of 100 records"))
    })
    .await;
    world.end().await;
}

#[tokio::test]
async fn ceilings_refuse_with_figures_and_what_to_delete() {
    let Some((world, moto)) = on_aws(&[
        ("TRIBUTARY_SANDBOX__AWS__MEMBER_DOLLARS", "1"),
        ("TRIBUTARY_SANDBOX__AWS__GUILD_DOLLARS", "1.20"),
    ])
    .await
    else {
        return;
    };
    drop(
        makes(&world, "ana", "/stream create name:orders shards:2")
            .await
            .says("is ACTIVE"),
    );
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:clicks shards:1")
            .await
            .fine()
            .privately()
            .says("$0.36 at most")
            .says("your ceiling for November is $1.00")
            .says("`/stream delete name:orders` frees"),
    );
    drop(
        ana.slash("lab", "/stream consumers name:orders register:analytics")
            .await
            .fine()
            .privately()
            .says("your ceiling for November"),
    );
    drop(
        world
            .ben()
            .slash("lab", "/stream create name:mine shards:2")
            .await
            .fine()
            .privately()
            .says("this server's ceiling for November is $1.20"),
    );
    // What goes early gives back what it did not use.
    let asked = ana
        .slash("lab", "/stream delete name:orders")
        .await
        .fine()
        .privately();
    drop(ana.press(&asked, "Delete it").await.fine());
    until("the stream is gone", async || streams(&moto).await.is_empty()).await;
    drop(
        makes(&world, "ana", "/stream create name:clicks shards:1")
            .await
            .says("is ACTIVE"),
    );
    world.end().await;
}

#[tokio::test]
async fn only_whom_the_operator_allowed_may_spend() {
    let Some((mut world, moto)) = on_aws(&[("console", "https://example.com")]).await else {
        return;
    };
    let state = world.state().await;
    let roles = state["roles"].as_array().cloned().unwrap_or_default();
    let moderators = roles
        .iter()
        .find(|role| role["name"] == "Moderators")
        .expect("the role");
    world.tell(
        "TRIBUTARY_SANDBOX__AWS__ROLES",
        moderators["id"].as_str().expect("its id"),
    );
    world.restart_bot().await;
    for command in [
        "/stream create name:orders",
        "/queue create name:jobs",
        "/stream put name:orders key:a data:b",
        "/sandbox console",
    ] {
        drop(
            world
                .ana()
                .slash("lab", command)
                .await
                .fine()
                .privately()
                .says("only members with a role that the operator chose"),
        );
    }
    drop(
        makes(&world, "mod", "/stream create name:orders")
            .await
            .says("is ACTIVE"),
    );
    let asked = world
        .mod_()
        .slash("lab", "/table create name:users key:id")
        .await
        .fine();
    // The operator takes the server off the list while the question stands.
    world.tell("TRIBUTARY_SANDBOX__AWS__GUILDS", "");
    world.restart_bot().await;
    let label = create_label(&asked);
    drop(
        world
            .mod_()
            .press(&asked, &label)
            .await
            .fine()
            .privately()
            .says("has not opened it to this server"),
    );
    assert_eq!(streams(&moto).await.len(), 1);
    let asked = world
        .mod_()
        .slash("lab", "/stream delete name:orders")
        .await
        .fine();
    assert!(asked.has_button("Delete it"), "{asked}");
    world.end().await;
}

/// How often AWS has been searched for what nobody knows.
async fn searches(world: &World) -> u32 {
    let metrics = world.metrics().await;
    let mut counts = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("sandbox_searches_total "));
    counts.next().map_or(0, |count| count.parse().expect("a number"))
}

#[tokio::test]
async fn the_reaper_removes_what_has_lived_long_enough_and_what_nobody_knows() {
    let Some((world, moto)) = on_aws(&[]).await else {
        return;
    };
    drop(
        makes(&world, "ana", "/stream create name:orders shards:1")
            .await
            .says("is ACTIVE"),
    );
    drop(makes(&world, "ana", "/queue create name:jobs").await.says("jobs"));
    let [ours] = streams(&moto).await.try_into().expect("one stream");
    // The same owner's, by its name and tags, but in no ledger.
    let stray = format!("{ours}-stray");
    let tags = moto
        .ask(
            "kinesis",
            "Kinesis_20131202.ListTagsForStream",
            &json!({"StreamName": ours}),
        )
        .await;
    let tags = tags["Tags"].as_array().cloned().unwrap_or_default();
    let tags: serde_json::Map<_, _> = tags
        .iter()
        .map(|tag| {
            (
                tag["Key"].as_str().unwrap_or_default().to_owned(),
                tag["Value"].clone(),
            )
        })
        .collect();
    let new = json!({"StreamName": stray, "ShardCount": 1, "Tags": tags});
    moto.ask("kinesis", "Kinesis_20131202.CreateStream", &new).await;
    let before = searches(&world).await;
    world.clock(json!({"advance": "15m"})).await;
    until("AWS was searched", async || searches(&world).await > before).await;
    world.clock(json!({"advance": "61m"})).await;
    until("the stray stream is gone", async || {
        streams(&moto).await == [ours.clone()]
    })
    .await;
    world.clock(json!({"advance": "22h"})).await;
    drop(
        world
            .ana()
            .slash("lab", "/sandbox usage")
            .await
            .fine()
            .says("`orders`")
            .says("deleted in"),
    );
    world.clock(json!({"advance": "40m"})).await;
    until("the stream is gone", async || streams(&moto).await.is_empty()).await;
    drop(
        world
            .ana()
            .slash("lab", "/sandbox usage")
            .await
            .fine()
            .says("Nothing of yours stands at AWS")
            .says("$0.36 of $20.00")
            .does_not_say("`orders`"),
    );
    world.end().await;
}

#[tokio::test]
async fn what_cannot_be_removed_is_quarantined_and_told_once() {
    let Some((mut world, moto)) = on_aws(&[]).await else {
        return;
    };
    world.expect_trouble();
    drop(
        makes(&world, "ana", "/table create name:users key:id")
            .await
            .says("users"),
    );
    // Somebody protects it in the console, so that AWS refuses to delete it.
    let tables = moto
        .ask("dynamodb", "DynamoDB_20120810.ListTables", &json!({}))
        .await;
    let protect = async |yes: bool| {
        let update = json!({"TableName": tables["TableNames"][0], "DeletionProtectionEnabled": yes});
        moto.ask("dynamodb", "DynamoDB_20120810.UpdateTable", &update)
            .await;
    };
    protect(true).await;
    let told = async || {
        let messages = world.channel("moderators").await;
        messages
            .iter()
            .filter(|it| tests::words(it).contains("can't remove the table `users`"))
            .count()
    };
    world.clock(json!({"advance": "24h"})).await;
    until("the moderators have heard", async || {
        world.clock(json!({"advance": "10m"})).await;
        told().await == 1
    })
    .await;
    assert!(world.metrics().await.contains("sandbox_quarantined_total 1"));
    let ana = world.ana();
    drop(
        ana.slash("lab", "/queue create name:jobs")
            .await
            .fine()
            .privately()
            .says("Until it is gone nothing more can be created"),
    );
    drop(
        ana.slash("lab", "/sandbox usage")
            .await
            .fine()
            .says("can't be deleted"),
    );
    drop(
        world
            .ben()
            .slash("lab", "/queue create name:jobs")
            .await
            .fine()
            .says("Create the queue jobs?"),
    );
    world.clock(json!({"advance": "2h"})).await;
    protect(false).await;
    until("the table is gone", async || {
        world.clock(json!({"advance": "1h"})).await;
        moto.ask("dynamodb", "DynamoDB_20120810.ListTables", &json!({}))
            .await["TableNames"]
            == json!([])
    })
    .await;
    assert_eq!(told().await, 1);
    until("ana may create again", async || {
        ana.slash("lab", "/queue create name:jobs")
            .await
            .text()
            .contains("Create the queue jobs?")
    })
    .await;
    world.end().await;
}

#[tokio::test]
async fn the_console_is_shown_to_the_asking_member_alone() {
    let Some((world, _moto)) = on_aws(&CONSOLE).await else {
        return;
    };
    let shown = world
        .ana()
        .slash("lab", "/sandbox console")
        .await
        .fine()
        .privately();
    let shown = CONSOLE.iter().fold(shown, |shown, (_, value)| shown.says(value));
    drop(shown.says("shared"));
    assert!(
        !world.log().contains("look-but-do-not-touch"),
        "the password is in the log"
    );
    world.end().await;
}
