//! A sandbox asked in SQL from chat, views that are kept, and exercises as their cards show them.

use tests::quiz::open_question;

use crate::demo;

/// An order at a second past nine.
fn order(user: &str, amount: u32, second: u32) -> String {
    let at = format!("2026-11-23T09:{:02}:{:02}Z", second / 60, second % 60);
    format!(
        r#"/stream put name:orders key:{user} data:{{"user": "{user}", "amount": {amount}, "at": "{at}"}}"#
    )
}

const BY_MINUTE: &str = "SELECT iso(tumble(ms(data ->> '$.at'), minutes(1))) AS minute, count(*) AS orders FROM records GROUP BY minute";

#[tokio::test]
async fn ana_asks_her_stream_in_sql_and_keeps_the_answer() {
    let mut world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    for (user, amount, second) in [("ana", 10, 5), ("ben", 20, 40), ("ana", 7, 70)] {
        drop(ana.slash("lab", &order(user, amount, second)).await.fine());
    }
    let totals = "SELECT data ->> '$.user' AS user, sum(data ->> '$.amount') AS total FROM records GROUP BY user ORDER BY user";
    let kept = ana
        .slash("lab", &format!("/stream sql query:{totals} save:totals"))
        .await
        .fine()
        .publicly();
    drop(
        kept.says("totals · 2 rows")
            .says("ana      17")
            .says("ben      20")
            .says("view:totals"),
    );

    let windows = ana
        .slash("lab", &format!("/stream sql query:{BY_MINUTE}"))
        .await
        .fine();
    let windows = windows.says("2026-11-23T09:01:00Z       1");
    drop(
        windows
            .says("orders by window: 2 windows")
            .says("09:00:00 2; 09:01:00 1"),
    );

    drop(ana.slash("lab", &order("ben", 5, 90)).await.fine());
    let stale = ana
        .slash(
            "lab",
            "/stream sql query:SELECT total FROM totals WHERE user = 'ben'",
        )
        .await;
    drop(stale.fine().says("20"));
    world.restart_bot().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream sql view:totals")
            .await
            .fine()
            .says("ben      25"),
    );
    drop(
        ana.slash(
            "lab",
            "/stream sql query:SELECT sum(total) AS all_of_it FROM totals",
        )
        .await
        .fine()
        .says("42"),
    );
    let choices = ana.complete("lab", "/stream sql view:tot").await;
    assert_eq!(choices[0]["value"], "totals");

    let bens = world
        .ben()
        .slash("lab", "/stream sql query:SELECT * FROM totals")
        .await
        .fine()
        .privately();
    drop(bens.says("There is no table `totals`"));
    drop(
        world
            .ben()
            .slash("lab", "/stream sql query:SELECT count(*) AS n FROM records")
            .await
            .fine()
            .says("0"),
    );
    drop(
        ana.slash("lab", "/stream sql")
            .await
            .fine()
            .privately()
            .says("**records**")
            .says("`totals`"),
    );
    drop(
        ana.slash("lab", "/stream sql drop:totals")
            .await
            .fine()
            .says("totals is dropped"),
    );
    drop(
        ana.slash("lab", "/stream sql view:totals")
            .await
            .fine()
            .privately()
            .says("You keep none yet"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_slip_in_sql_is_told_with_what_to_type_instead() {
    let world = demo().await;
    let ana = world.ana();
    for (typed, said) in [
        ("query:SELECT * FROM recods", "Did you mean `records`?"),
        (
            "query:SELECT partition FROM records",
            "Did you mean `partition_key`?",
        ),
        (
            "query:SELECT * FROM records WHERE quantity = 1",
            "There is no column",
        ),
        ("query:SELECT FROM records", "SQL does not understand that"),
        (
            "query:DROP TABLE records",
            "The lab's tables are for reading: DROP",
        ),
        ("query:PRAGMA database_list", "for reading: PRAGMA"),
        ("query:ATTACH '/etc/passwd' AS p", "for reading: ATTACH"),
        (
            "query:SELECT readfile('/etc/passwd')",
            "There is no function `readfile`",
        ),
        ("query:SELECT 1; SELECT 2", "more than one statement"),
        ("query:SELECT json_extract('x', '$.a')", "json_valid(data)"),
        (
            "query:WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
            "two seconds",
        ),
        ("query:SELECT 1 save:records", "one of the lab's own tables"),
        ("query:SELECT 1 save:1st total", "can't be a view's name"),
        ("view:nothing", "You keep no view `nothing`"),
        ("save:alone", "One thing at a time"),
    ] {
        drop(
            ana.slash("lab", &format!("/stream sql {typed}"))
                .await
                .fine()
                .privately()
                .says(said),
        );
    }
    world.end().await;
}

#[tokio::test]
async fn an_exercise_is_opened_hinted_passed_once_and_started_over() {
    let mut world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/exercise hint")
            .await
            .fine()
            .privately()
            .says("Which exercise?"),
    );
    let opened = ana
        .slash("lab", "/exercise start module:m1")
        .await
        .fine()
        .privately();
    let opened = opened.says("M1 · ").says("0 of 4 steps").says("➡️ **1.**");
    let first = ana
        .press(&opened, "Hint")
        .await
        .fine()
        .says("💡 **1.**")
        .does_not_say("💡 **2.**");
    drop(ana.press(&first, "Another hint").await.fine().says("💡 **2.**"));
    drop(world.ben().press(&opened, "Check").await.impossible());

    drop(
        ana.slash("lab", "/stream create name:orders shards:2")
            .await
            .fine(),
    );
    let checked = ana.press(&opened, "Check").await.fine();
    let checked = checked
        .says("✅ 1.")
        .says("1 of 4 steps")
        .says("**Not yet:** Events in `orders`: 0");
    drop(
        ana.press(&checked, "Program")
            .await
            .fine()
            .privately()
            .says("pip install boto3"),
    );

    world.restart_bot().await;
    let ana = world.ana();
    for (key, data) in [
        ("a", "hello"),
        ("b", "paid-45"),
        ("b", "paid-5"),
        ("b", "corrected-45"),
    ] {
        drop(
            ana.slash("lab", &format!("/stream put name:orders key:{key} data:{data}"))
                .await
                .fine(),
        );
    }
    drop(ana.slash("lab", "/stream read name:orders").await.fine());
    drop(
        ana.slash("lab", "/exercise check")
            .await
            .fine()
            .says("4 of 4 steps")
            .says("+15 points"),
    );
    drop(
        ana.slash("lab", "/exercise check")
            .await
            .fine()
            .does_not_say("points"),
    );
    drop(
        ana.slash("lab", "/leaderboard")
            .await
            .fine()
            .says("15 points ← you"),
    );

    let asked = ana
        .slash("lab", "/exercise reset module:M1")
        .await
        .fine()
        .says("the stream `orders`");
    let gone = ana.press(&asked, "Remove and start over").await.fine();
    drop(gone.says("✅ the stream `orders` is removed"));
    drop(ana.slash("lab", "/exercise list").await.fine().says("✅ **M1**"));
    drop(
        ana.slash("lab", "/exercise start module:M1")
            .await
            .fine()
            .says("0 of 4 steps"),
    );
    drop(
        ana.slash("lab", "/leaderboard")
            .await
            .fine()
            .says("15 points ← you"),
    );
    world.end().await;
}

/// Does the first exercise, but for its check.
async fn does_m1(person: tests::Person<'_>) {
    for command in [
        "/stream create name:orders shards:2",
        "/stream put name:orders key:a data:hello",
        "/stream put name:orders key:b data:paid-45",
        "/stream put name:orders key:b data:corrected-54",
        "/stream read name:orders",
    ] {
        drop(person.slash("lab", command).await.fine());
    }
}

#[tokio::test]
async fn the_channel_hears_of_an_exercise_once_and_a_private_thread_does_not() {
    let world = demo().await;
    let (ana, ben) = (world.ana(), world.ben());
    let cheer = "did the exercise **M1 · ";
    does_m1(ana).await;
    drop(
        ana.slash("lab", "/exercise check module:M1")
            .await
            .fine()
            .says("**Passed: +15 points.**")
            .publicly()
            .says("🛠️ **ana** did the exercise **M1 · ")
            .says("· +15 points. Well built!"),
    );
    let reset = ana.slash("lab", "/exercise reset module:M1").await.fine();
    drop(ana.press(&reset, "Remove and start over").await.fine());
    does_m1(ana).await;
    drop(
        ana.slash("lab", "/exercise check module:M1")
            .await
            .fine()
            .says("**Passed again**")
            .privately()
            .does_not_say(cheer),
    );
    drop(ana.slash("lessons", "/progress").await.fine().says("🛠️ exercise"));

    let quiz = ben.slash("lessons", "/quiz module:M1").await.fine();
    let question = open_question(&quiz).expect("a question");
    let thread = question["channel_id"].as_str().unwrap_or_default();
    does_m1(ben).await;
    drop(
        ben.slash(thread, "/exercise check module:M1")
            .await
            .fine()
            .says("**Passed: +15 points.**")
            .privately()
            .does_not_say(cheer),
    );
    world.end().await;
}

#[tokio::test]
async fn a_program_comes_with_all_that_it_imports() {
    let world = demo().await;
    let asked = world
        .ana()
        .slash("lab", "/exercise program module:M4")
        .await
        .fine();
    let given = asked
        .privately()
        .says("Keep `workbench.py` and `lambda_runner.py` beside it");
    let files: Vec<&str> = given
        .messages()
        .iter()
        .filter_map(|message| message["attachments"][0]["filename"].as_str())
        .collect();
    let expected = [
        "m04_webhook_receiver.py",
        "workbench.py",
        "lambda_runner.py",
        "m04_webhook_receiver_cli.sh",
    ];
    assert_eq!(files, expected);
    world.end().await;
}

#[tokio::test]
async fn a_lesson_leads_to_its_exercise() {
    let world = demo().await;
    let lesson = world
        .ana()
        .slash("lessons", "/lesson show module:M1")
        .await
        .fine();
    let opened = world.ana().press(&lesson, "Exercise").await.fine().privately();
    drop(opened.says("M1 · ").says("0 of 4 steps"));
    world.end().await;
}

#[tokio::test]
async fn who_joins_later_gets_the_points_by_checking_again() {
    let world = demo().await;
    let chloe = world.chloe();
    does_m1(chloe).await;
    let passed = chloe.slash("lab", "/exercise check module:M1").await.fine();
    drop(passed.says("**Passed.**").says("/cohort join"));
    drop(chloe.slash("lessons", "/cohort join").await.fine());
    drop(
        chloe
            .slash("lab", "/exercise check module:M1")
            .await
            .fine()
            .says("+15 points"),
    );
    world.end().await;
}
