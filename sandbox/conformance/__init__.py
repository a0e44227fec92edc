"""What AWS documents of SQS, SNS, DynamoDB, DynamoDB Streams and Kinesis, asked of an endpoint, behaviour by behaviour.

    python -m conformance --endpoint http://127.0.0.1:4566 --key ID:SECRET --service sqs
    python -m conformance --play target/debug/tributary --moto

The first asks one endpoint. The second starts the playground and moto's server and asks both. `runner` runs, `servers`
starts, a folder per service holds its behaviours. Needs boto3; nothing here knows how an endpoint does what it does.
"""
