"""How long records are kept."""

from ..desk import refused, same
from .desk import WRONG, api


def longer(kinesis, name, hours):
    kinesis.patiently(kinesis.increase_stream_retention_period, StreamName=name, RetentionPeriodHours=hours)
    kinesis.active(name)


def shorter(kinesis, name, hours):
    kinesis.patiently(kinesis.decrease_stream_retention_period, StreamName=name, RetentionPeriodHours=hours)
    kinesis.active(name)


def hours(kinesis, name):
    return kinesis.summary(name)["RetentionPeriodHours"]


@api("IncreaseStreamRetentionPeriod")
def records_are_kept_for_longer(kinesis):
    name = kinesis.stream()
    longer(kinesis, name, 8_760)
    same(hours(kinesis, name), 8_760)


@api("DecreaseStreamRetentionPeriod")
def records_are_kept_for_a_shorter_time_again(kinesis):
    name = kinesis.stream()
    longer(kinesis, name, 48)
    shorter(kinesis, name, 24)
    same(hours(kinesis, name), 24)


@api("IncreaseStreamRetentionPeriod")
def records_are_kept_for_a_year_at_most(kinesis):
    name = kinesis.stream()
    with refused(*WRONG):
        longer(kinesis, name, 8_761)


@api("DecreaseStreamRetentionPeriod")
def records_are_kept_for_a_day_at_least(kinesis):
    name = kinesis.stream()
    with refused(*WRONG):
        shorter(kinesis, name, 23)


@api("IncreaseStreamRetentionPeriod")
def an_increase_is_no_decrease(kinesis):
    name = kinesis.stream()
    longer(kinesis, name, 72)
    with refused(*WRONG):
        longer(kinesis, name, 48)
    same(hours(kinesis, name), 72)


@api("DecreaseStreamRetentionPeriod")
def a_decrease_is_no_increase(kinesis):
    name = kinesis.stream()
    with refused(*WRONG):
        shorter(kinesis, name, 48)
    same(hours(kinesis, name), 24)


@api("IncreaseStreamRetentionPeriod")
def an_unknown_stream_keeps_nothing(kinesis):
    with refused("ResourceNotFoundException"):
        longer(kinesis, kinesis.name(), 48)
