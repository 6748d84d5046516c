/// The parts of the query of findings that concern which rows a table of the fleet accepts, and what it keeps of them: kind,
/// schema, table, expression, detail.
enum PostgresConstraintQueries {
  static let all = [constraints, defaults, options, expressions].joined(separator: " UNION ALL ")

  private static let isFleetTable = PostgresFactQueries.isFleetTable

  /// A unique index restricts rows as a constraint does. That of a constraint has its name.
  private static let constraints = """
    SELECT 'constraint', NULL, c.relname::text, NULL, k.conname::text
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE \(isFleetTable) AND k.contype IN ('c', 'f', 'p', 'u', 'x')
    UNION ALL
    SELECT 'constraint', NULL, c.relname::text, NULL, x.relname::text
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE \(isFleetTable) AND i.indisunique
    """

  private static let defaults = """
    SELECT 'default', NULL, c.relname::text, pg_get_expr(d.adbin, d.adrelid), a.attname::text
    FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE \(isFleetTable) AND a.attgenerated = ''
    UNION ALL
    SELECT 'default', NULL, c.relname::text,
      CASE a.attidentity WHEN 'd' THEN '\(PostgresDefault.identity)' ELSE 'generated_always' END, a.attname::text
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE \(isFleetTable) AND a.attidentity <> '' AND NOT a.attisdropped
    """

  /// An unlogged table is empty after a crash. The identity decides which values of old rows a reader of changes gets. A
  /// typed table follows its type.
  private static let options = """
    SELECT 'table option', NULL, c.relname::text, NULL, x.option
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL (
      SELECT 'UNLOGGED' WHERE c.relpersistence = 'u'
      UNION ALL
      SELECT 'REPLICA IDENTITY ' || CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'USING INDEX' END
      WHERE c.relreplident <> 'd'
      UNION ALL
      SELECT 'OF ' || c.reloftype::regtype::text WHERE c.reloftype <> 0
    ) AS x(option)
    WHERE \(isFleetTable)
    """

  /// The server samples the values of an expression, also where it samples those of no column.
  private static let expressions = """
    SELECT 'expression index', NULL, c.relname::text, NULL, x.relname::text
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE \(isFleetTable) AND i.indexprs IS NOT NULL
    """
}
