//! One field of a cron line: numbers, names, lists, ranges and steps, to a set of values.
//! How the five fields make a schedule is in `cron_line`.

use super::cron_line::CronError;

/// A small set of numbers below 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Bits(pub(super) u64);

impl Bits {
    fn insert(&mut self, value: u32) {
        self.0 |= 1 << value;
    }

    #[cfg(test)]
    pub(super) fn has(self, value: u32) -> bool {
        self.0 >> value & 1 == 1
    }

    pub(super) fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub(super) fn iter(self) -> impl Iterator<Item = u32> {
        (0..64).filter(move |value| self.0 >> value & 1 == 1)
    }
}

pub(super) struct FieldRule {
    name: &'static str,
    allowed: &'static str,
    min: u32,
    max: u32,
    names: &'static [&'static str],
    /// The value of the first name.
    first_name: u32,
}

pub(super) const MINUTE: FieldRule = FieldRule {
    name: "minute",
    allowed: "a number from 0 to 59",
    min: 0,
    max: 59,
    names: &[],
    first_name: 0,
};
pub(super) const HOUR: FieldRule = FieldRule {
    name: "hour",
    allowed: "a number from 0 to 23",
    min: 0,
    max: 23,
    names: &[],
    first_name: 0,
};
pub(super) const DAY: FieldRule = FieldRule {
    name: "day of the month",
    allowed: "a number from 1 to 31",
    min: 1,
    max: 31,
    names: &[],
    first_name: 0,
};
pub(super) const MONTH: FieldRule = FieldRule {
    name: "month",
    allowed: "a number from 1 to 12, or jan to dec",
    min: 1,
    max: 12,
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
    first_name: 1,
};
pub(super) const WEEKDAY: FieldRule = FieldRule {
    name: "day of the week",
    allowed: "a number from 0 to 7 (0 and 7 are Sunday), or mon to sun",
    min: 0,
    max: 7,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    first_name: 0,
};

impl FieldRule {
    pub(super) fn parse(&self, field: &str) -> Result<Bits, CronError> {
        let mut bits = Bits::default();
        for item in field.split(',') {
            if item.is_empty() {
                return Err(self.not_a_value(field));
            }
            self.parse_item(item, &mut bits)?;
        }
        Ok(bits)
    }

    fn parse_item(&self, item: &str, bits: &mut Bits) -> Result<(), CronError> {
        let (range, step) = match item.split_once('/') {
            None => (item, None),
            Some((range, step)) => match step.parse::<u32>() {
                Ok(step) if step >= 1 => (range, Some(step)),
                _ => return Err(CronError::Step(shown(item))),
            },
        };
        let (from, to) = if range == "*" {
            (self.min, self.max)
        } else if let Some((from, to)) = range.split_once('-') {
            self.range(item, from, to)?
        } else {
            let value = self.value(item, range)?;
            if let Some(step) = step {
                let instead = format!("{value}-{}/{step}", self.max);
                return Err(CronError::StepOnValue {
                    item: shown(item),
                    instead,
                });
            }
            (value, value)
        };
        // Bounded by the field's 60 values, whatever the step.
        let mut value = from;
        while value <= to {
            bits.insert(value);
            value = value.saturating_add(step.unwrap_or(1));
        }
        Ok(())
    }

    fn range(&self, item: &str, from: &str, to: &str) -> Result<(u32, u32), CronError> {
        let start = self.value(item, from)?;
        let mut end = self.value(item, to)?;
        // `sat-sun`: by name, a week may end on Sunday.
        if self.max == WEEKDAY.max && end == 0 && start > 0 && to.starts_with(|c: char| c.is_alphabetic()) {
            end = 7;
        }
        if start <= end {
            return Ok((start, end));
        }
        // The weekday field's last value of its own is 6; 7 is Sunday again.
        let last = if self.max == WEEKDAY.max { 6 } else { self.max };
        let span = |from: u32, to: u32| {
            if from == to {
                from.to_string()
            } else {
                format!("{from}-{to}")
            }
        };
        let instead = format!("{},{}", span(self.min, end), span(start, last.max(start)));
        Err(CronError::Backwards {
            item: shown(item),
            instead,
        })
    }

    fn value(&self, item: &str, text: &str) -> Result<u32, CronError> {
        let lower = text.to_ascii_lowercase();
        if let Some(index) = self.names.iter().position(|name| *name == lower) {
            return Ok(self.first_name + index as u32);
        }
        // `FRIL` and `15W` and `5#2`: say what is wrong with them rather than "not a day".
        if let Some(symbol) = text.chars().find(|c| matches!(c, '#' | '?')) {
            return Err(CronError::Extension {
                item: shown(item),
                symbol,
            });
        }
        let digits_before = |suffix: char| {
            text.strip_suffix([suffix, suffix.to_ascii_lowercase()])
                .is_some_and(|rest| {
                    rest.chars().all(|c| c.is_ascii_digit())
                        || self.names.contains(&&*rest.to_ascii_lowercase())
                })
        };
        if let Some(symbol) = ['L', 'W'].into_iter().find(|symbol| digits_before(*symbol)) {
            return Err(CronError::Extension {
                item: shown(item),
                symbol,
            });
        }
        match text.parse::<u32>() {
            Ok(value)
                if (self.min..=self.max).contains(&value) && text.bytes().all(|b| b.is_ascii_digit()) =>
            {
                Ok(value)
            }
            _ => Err(self.not_a_value(item)),
        }
    }

    fn not_a_value(&self, item: &str) -> CronError {
        CronError::Value {
            item: shown(item),
            field: self.name,
            allowed: self.allowed,
        }
    }
}

/// Sunday may be written 0 or 7; it is 0 from here on.
pub(super) fn sunday_once(mut weekdays: Bits) -> Bits {
    if weekdays.0 >> 7 & 1 == 1 {
        weekdays = Bits(weekdays.0 & 0x7f);
        weekdays.insert(0);
    }
    weekdays
}

/// What a member typed, short and without what would break out of the quotes around it.
pub(super) fn shown(text: &str) -> String {
    text.chars()
        .filter(|c| *c != '`' && !c.is_control())
        .take(40)
        .collect()
}
