import HealingMigrations

/// Lets a reader query a ledger of an earlier schema. Adds what later migrations add as temporary views and
/// empty temporary tables of the connection. The file does not change.
enum EarlierSchema {
  /// - Parameter step: number of migrations applied to the ledger.
  static func complete(_ connection: Connection, step: Int) throws(SQLiteError) {
    for (needed, sql) in additions where step < needed { try connection.execute(sql) }
    // Later additions to the same tables. A ledger from before step 10 has them in the views of that step.
    if (10..<16).contains(step) { try connection.execute(parents) }
  }

  // A temporary view hides the table with the same name.
  private static let additions: [(step: Int, sql: String)] = [
    (9, "CREATE TEMP VIEW alert AS SELECT *, NULL AS detail FROM main.alert;"),
    (
      10,
      """
      CREATE TEMP VIEW health_sample AS
        SELECT *, NULL AS rejected_circuit, NULL AS rejected_bulkhead FROM main.health_sample;
      CREATE TEMP VIEW error AS SELECT *, NULL AS cause_id, NULL AS parent_execution_id FROM main.error;
      CREATE TEMP VIEW recovery AS
        SELECT *, NULL AS request_id, NULL AS user_id, NULL AS gave_up, NULL AS parent_execution_id FROM main.recovery;
      CREATE TEMP TABLE rejected_call (id, at, component_id, process_id, operation, reason, execution_id, error_id,
        request_id, user_id);
      CREATE TEMP TABLE rejection_reason (id, name);
      CREATE TEMP TABLE rejection_rollup (resolution, bucket_at, component_id, epoch, operation, reason, calls);
      CREATE TEMP TABLE outcome_rollup (resolution, bucket_at, component_id, attempts, extra_attempts, rejected, saved,
        degraded, undone, lost, interrupted);
      CREATE TEMP TABLE health_window_detail (component_id, slot, bucket_at, epoch, rejected_circuit,
        rejected_bulkhead, rejected_other, cancelled, caller_errors, failures_in_row);
      CREATE TEMP TABLE policy (hash, json);
      CREATE TEMP TABLE policy_change (id, at, component_id, process_id, hash, source);
      """
    ),
    (
      11,
      """
      CREATE TEMP TABLE watermark (table_name, resolution, pruned_before_at, last_position, deleted, pruned_at);
      CREATE TEMP TABLE sealed_recovery (bucket_at, component_id, action, total, successful, attempts, duration_sum_us);
      CREATE TEMP TABLE sealed_sample (bucket_at, component_id, epoch, successes, failures, rejected, cancelled,
        caller_errors, stale, duration_sum_us, duration_max_us, rejected_circuit, rejected_bulkhead);
      CREATE TEMP TABLE pin (id, at, since_at, until_at, component_id, reason, actor, removed_at, removed_by);
      CREATE TEMP TABLE upkeep (id, at, kind, outcome, figures, duration_us);
      """
    ),
    (
      13,
      """
      CREATE TEMP TABLE source_ledger (id, identity);
      CREATE TEMP TABLE ingested_event (id, hash);
      """
    ),
    (14, "CREATE TEMP TABLE row_count (id, table_name, earlier, inserted);"),
    (
      16,
      """
      CREATE TEMP VIEW process AS SELECT *, NULL AS schema_step FROM main.process;
      CREATE TEMP TABLE error_group (id, component_id, fingerprint, release, category, severity, type, message, first_at,
        last_at, entries, occurrences, referred, last_error_id);
      CREATE TEMP TABLE error_rollup (resolution, bucket_at, group_id, component_id, entries, occurrences, referred);
      CREATE TEMP TABLE release_rollup (resolution, bucket_at, component_id, release, successes, failures, rejected,
        cancelled, caller_errors, stale, duration_sum_us, duration_max_us, upto_1ms, upto_10ms, upto_100ms, upto_1s,
        upto_10s, over_10s);
      CREATE TEMP TABLE incident_note (id, at, incident, kind, text, actor);
      CREATE TEMP VIEW v_trouble_minutes AS
        SELECT bucket_at AS minute_at, component_id, epoch, min(max(successes, 0), 400000000000000) AS successes,
          min(max(failures, 0), 400000000000000) AS failures, min(max(rejected, 0), 400000000000000) AS rejected
        FROM main.sample_rollup
        WHERE resolution = 60 AND (failures >= 3 OR rejected > 0 OR (failures > 0 AND successes = 0));
      """
    ),
  ]

  private static let parents = """
    CREATE TEMP VIEW error AS SELECT *, NULL AS parent_execution_id FROM main.error;
    CREATE TEMP VIEW recovery AS SELECT *, NULL AS parent_execution_id FROM main.recovery;
    """
}
