//! What help looks like: a few lines, and the next step as a button.

use ::sandbox::Quotas;
use ::sandbox::exercises::Exercise;
use discord::{Button, Card, Route, Style, text};
use lessons::Module;

use crate::cohort;
use crate::lesson::Reader;
use crate::membership::Cohort;
use crate::quiz::Attempt;

/// Cohorts that get a button to join.
const BUTTONS: usize = 3;

const MORE: &str = "/help about: tells more of lessons, quizzes, the sandbox or moderating";

fn open(module: &Module, label: impl Into<String>, style: Style) -> Button {
    Button::new(label, style, &Route::new("lesson", "open").arg(&module.id))
}

fn quiz(module: &Module, style: Style) -> Button {
    Button::new("Quiz", style, &Route::new("quiz", "start").arg(&module.id))
}

fn exercise(module: &str, label: impl Into<String>, style: Style) -> Button {
    Button::new(label, style, &Route::new("exercise", "show").arg(module))
}

/// For somebody in no cohort.
pub fn newcomer(open: &[&Cohort], moderates: bool) -> Card {
    let begin = match open {
        [] if moderates => {
            "**Begin here:** there is no cohort yet. `/help about:moderating` shows how you make one.".to_owned()
        }
        [] => {
            "There is no cohort to join yet: whoever manages this server makes one. The sandbox is yours already.".to_owned()
        }
        [one] => format!(
            "**Begin here:** join {}. Its lessons come to {}, and reading ahead is always fine.",
            text::escape(&one.name),
            text::channel(one.channel_id)
        ),
        several => format!(
            "**Begin here:** join one of the {} cohorts; `/cohort show` tells of each.",
            several.len()
        ),
    };
    let mut buttons: Vec<Button> = open
        .iter()
        .take(BUTTONS)
        .map(|cohort| {
            let label = text::cut(&format!("Join {}", cohort.name), 80);
            Button::new(label, Style::Success, &cohort::join_route(&cohort.id))
        })
        .collect();
    buttons.push(exercise("M1", "Try an exercise", Style::Secondary));
    Card::framed(
        "Hello! I am Tributary",
        format!(
            "I bring your cohort a lesson at a time, ask what stuck, and give you an AWS of your own to try it in: streams, queues, \
             topics and tables, free and only yours.\n\n{begin}"
        ),
    )
    .footer(MORE)
    .buttons(buttons)
}

/// For somebody in a cohort, anywhere.
pub fn everything(reader: Option<&Reader<'_>>) -> Card {
    let next = reader.and_then(Reader::next);
    let mut lines = vec![
        "**Read** `/lesson next` goes on, `/today` says where you stand".to_owned(),
        "**Check** `/quiz` asks what stuck, in a thread of your own".to_owned(),
        "**Do** `/exercise list` has a hands-on for each module; `/stream create` begins a stream of your own".to_owned(),
        "**See** `/progress` and `/leaderboard`".to_owned(),
    ];
    let mut buttons = Vec::new();
    if let (Some(reader), Some(module)) = (reader, next) {
        let is_read = reader.standing.read.contains(&module.id);
        let of = format!("**{} · {}**", module.id, module.title);
        lines.push(if is_read {
            format!("\nNext for you: the quiz of {of}.")
        } else {
            format!("\nNext for you: {of}, about {} minutes.", module.minutes)
        });
        let (to_read, to_quiz) = prominent(is_read);
        buttons.push(open(module, format!("Read {}", module.id), to_read));
        buttons.push(quiz(module, to_quiz));
    }
    let card = Card::framed("What you can do", lines.join("\n")).footer(MORE);
    about(card.buttons(buttons), reader)
}

/// Reading stands out, or the quiz once it was read.
fn prominent(is_read: bool) -> (Style, Style) {
    if is_read {
        (Style::Secondary, Style::Primary)
    } else {
        (Style::Primary, Style::Secondary)
    }
}

fn about(card: Card, reader: Option<&Reader<'_>>) -> Card {
    match reader {
        Some(reader) => reader.about(card),
        None => card,
    }
}

/// For the thread of a lesson, or about lessons anywhere else.
pub fn lesson(
    reader: &Reader<'_>,
    module: &Module,
    in_thread: bool,
    is_written: bool,
    has_exercise: bool,
) -> Card {
    let standing = &reader.standing;
    let is_read = standing.read.contains(&module.id);
    let is_passed = standing.passed.contains(&module.id);
    let title = if in_thread {
        format!("The thread of {} · {}", module.id, module.title)
    } else {
        format!("Lessons · you are at {}", module.id)
    };
    let place = if in_thread {
        "Ask and answer here: what is unclear to you is unclear to others too.\n\n"
    } else {
        ""
    };
    let stands = match (is_passed, is_read) {
        (true, _) if has_exercise => "You have passed its quiz. Its exercise is worth 15 more.",
        (true, _) => "You have passed its quiz.",
        (false, true) => "You have read it; the quiz is next.",
        (false, false) => "You have not marked it as read yet.",
    };
    let (to_read, to_quiz) = prominent(is_read && !is_passed);
    let to_read = if is_passed { Style::Secondary } else { to_read };
    let mut buttons = Vec::new();
    if is_written {
        buttons.push(open(module, "Read", to_read));
        buttons.push(quiz(module, to_quiz));
    }
    if has_exercise {
        let style = if is_passed {
            Style::Primary
        } else {
            Style::Secondary
        };
        buttons.push(exercise(module.id.as_str(), "Exercise", style));
    }
    let card = Card::framed(
        title,
        format!(
            "{place}**Read** page by page, at your own pace; *Done* at the end is worth 5 points. **Quiz** asks three questions, for 20. \
             **Exercise** is the hands-on in your own sandbox, for 15.\n\n{stands}"
        ),
    )
    .footer("/lesson list has all lessons, /lesson path the ways through them");
    reader.about(card.buttons(buttons))
}

/// For a quiz thread, or about quizzes anywhere else; `others` where the thread is somebody else's.
pub fn quizzes(reader: Option<&Reader<'_>>, attempt: Option<&Attempt>, others: bool) -> Card {
    let rules = "A quiz has three questions; 70 % passes. A hint costs nothing, an explanation is never failed by a machine alone, and you \
                 can stop at any question: it waits seven days.";
    let mut buttons = Vec::new();
    let stands = match (others, attempt) {
        (true, _) => {
            "This thread is somebody else's. Yours opens with your own quiz; what waits for moderators is in `/moderate review`."
                .to_owned()
        }
        (false, Some(attempt)) => {
            buttons.push(Button::new(
                "Go on",
                Style::Primary,
                &Route::new("quiz", "resume"),
            ));
            format!(
                "You are at question {} of {} of **{}**.",
                attempt.position + 1,
                attempt.asked.len(),
                attempt.module
            )
        }
        (false, None) => match reader.and_then(Reader::next) {
            Some(module) => {
                buttons.push(quiz(module, Style::Primary));
                format!("You have no quiz under way. Next for you: **{} · {}**.", module.id, module.title)
            }
            None => "You have no quiz under way.".to_owned(),
        },
    };
    let card = Card::framed("Quizzes", format!("{rules}\n\n{stands}"))
        .footer("/quiz action:results shows your answers, action:dispute asks a moderator to look");
    about(card.buttons(buttons), reader)
}

/// For the lab, or about the sandbox anywhere else.
pub fn sandbox(first: Option<&Exercise>, begun: bool, quotas: Quotas) -> Card {
    let mut body = format!(
        "All of it is yours alone, up to {} streams and {} MiB; `/sandbox usage` counts.\n\n\
         **Make** `/stream create name:orders shards:2`, then `/stream put` and `/stream read`; also `/queue`, `/topic`, `/table`, \
         `/webhook`\n\
         **Try hard** `/lab load` for pressure, `/lab fault` for bad luck\n\
         **Ask** `/stream sql query:SELECT partition_key, data FROM records`\n\
         **Program** `/sandbox credentials` for boto3 or the AWS CLI",
        quotas.streams,
        quotas.bytes / (1024 * 1024)
    );
    let mut buttons = Vec::new();
    if let Some(first) = first {
        let (words, label) = if begun {
            ("You are at the exercise", "Go on with")
        } else {
            ("A good first step: the exercise", "Begin")
        };
        body.push_str(&format!("\n\n{words} **{} · {}**.", first.module, first.title));
        let label = format!("{label} {}", first.module);
        buttons.push(exercise(&first.module, label, Style::Primary));
    }
    Card::framed("Your own AWS", body)
        .footer("/exercise list has a hands-on for each module")
        .buttons(buttons)
}

/// For a moderator.
pub fn moderating(cohort: &Cohort, next: &str, waiting: usize, run: usize, member: u64) -> Card {
    let waits = match waiting {
        0 => "No answer waits for you.".to_owned(),
        some => format!(
            "**{} for a moderator.**",
            text::count(some as i64, "answer waits", "answers wait")
        ),
    };
    let others = if run > 1 {
        " Each takes `cohort:`, since you moderate several."
    } else {
        ""
    };
    let mut buttons = Vec::new();
    if waiting > 0 {
        let route = Route::new("quiz", "waiting")
            .owned_by(member)
            .arg(&cohort.id)
            .arg(0);
        buttons.push(Button::new("Review", Style::Primary, &route));
    }
    buttons.push(Button::new(
        "Show the cohort",
        Style::Secondary,
        &Route::new("cohort", "show").arg(&cohort.id),
    ));
    Card::framed(
        format!("You run {}", text::escape(&cohort.name)),
        format!(
            "{next} {waits}\n\n\
             **Schedule** `/moderate schedule` changes it and previews five posts; `pause`, `resume`, `skip`, and `post` for now\n\
             **People** `/moderate review` reads explanations, `/moderate unlock` opens a module early\n\
             **Another cohort** `/moderate create`{others}"
        ),
    )
    .footer(MORE)
    .buttons(buttons)
}

/// For somebody who moderates, or asks about it, where there is no cohort of theirs.
pub fn no_cohort(may_create: bool) -> Card {
    if !may_create {
        return Card::framed(
            "Moderating",
            "You moderate no cohort here. Whoever manages this server makes one with `/moderate create`, and names the role that \
             moderates it.",
        )
        .footer(MORE);
    }
    Card::framed(
        "Your first cohort",
        "A cohort is a group that gets lessons in a channel, on a schedule. This makes one, and shows its next five posts:\n\
         ```\n/moderate create name:spring track:streams-15 channel:#lessons days:weekdays time:09:00 timezone:Europe/Berlin\n```\n\
         Members join with `/cohort join`. `path:`, `cron:`, `moderators:` and `ping:` are there when you need them.",
    )
    .footer(MORE)
}
