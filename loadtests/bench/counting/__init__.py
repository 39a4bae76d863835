"""One job, four engines, exactly once: count the records of each key, keep the count as state, publish each new count.

Input: 100 bytes, of which the first eight are the key (so is the record's key); 10,000 keys, 4 partitions. Output: the key, and the
count as eight bytes. Each engine in the form that is best for it: no JSON, no schema, batches and commits of 100 ms.
"""
