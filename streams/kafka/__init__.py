"""The log on Kafka: topics, writers and readers, intake, sweep, proof and repair.

aiokafka writes and reads, kafka-python administers: with the same thousand records
aiokafka wrote ten times and read thirty times as many in a second (docs/decisions).
"""
