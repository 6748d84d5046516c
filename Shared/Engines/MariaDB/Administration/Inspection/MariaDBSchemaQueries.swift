import Migrations

/// The queries of the live schema, and the words of the catalog that the comparison spells in another way.
enum MariaDBSchemaQueries {
  /// Joins the parts of a text; no name can hold it.
  static let separator: Character = "\u{1F}"

  /// Without the views of scoped rows, which belong to the rights.
  static let tables = """
    SELECT table_name, table_type, coalesce(engine, ''), coalesce(create_options, '')
    FROM information_schema.tables WHERE table_schema = database() AND table_name NOT LIKE '%$%'
    ORDER BY table_name
    """

  /// MariaDB keeps defaults as SQL. MySQL does so with expressions alone, and keeps other texts without quotation marks.
  static let columns = """
    SELECT table_name, column_name, column_type, is_nullable,
      /*M! column_default */ /*!80017 if(extra LIKE '%DEFAULT_GENERATED%' OR numeric_precision IS NOT NULL,
        column_default, concat('''', replace(column_default, '''', ''''''), '''')) */,
      extra, collation_name, nullif(generation_expression, '')
    FROM information_schema.columns WHERE table_schema = database() ORDER BY table_name, ordinal_position
    """

  static let foreignKeys = """
    SELECT k.table_name, k.constraint_name, k.column_name,
      if(k.referenced_table_schema = database(), k.referenced_table_name,
        concat(k.referenced_table_schema, '.', k.referenced_table_name)),
      k.referenced_column_name, r.delete_rule, r.update_rule
    FROM information_schema.key_column_usage k
    JOIN information_schema.referential_constraints r ON r.constraint_schema = k.constraint_schema
      AND r.table_name = k.table_name AND r.constraint_name = k.constraint_name
    WHERE k.table_schema = database() AND k.referenced_table_name IS NOT NULL
    ORDER BY k.table_name, k.constraint_name, k.ordinal_position
    """

  static let indexes = """
    SELECT table_name, index_name, min(non_unique),
      group_concat(concat(\(indexedColumn), coalesce(concat('(', sub_part, ')'), ''), if(collation = 'D', ' desc', ''))
        ORDER BY seq_in_index SEPARATOR '\(separator)'),
      concat_ws('\(separator)', if(max(index_type) = 'BTREE', NULL, concat('using ', lower(max(index_type)))),
        if(/*M! max(ignored) = 'YES' */ /*!80017 max(is_visible) = 'NO' */, 'ignored', NULL))
    FROM information_schema.statistics WHERE table_schema = database()
    GROUP BY table_name, index_name ORDER BY table_name, index_name
    """

  /// MySQL has indexes over expressions.
  private static let indexedColumn =
    "/*M! column_name */ /*!80017 coalesce(column_name, concat('(', expression, ')')) */"

  static let checks = """
    SELECT \(checkedTable) AS checked, c.constraint_name, c.check_clause FROM information_schema.check_constraints c
    WHERE c.constraint_schema = database() ORDER BY checked, c.constraint_name
    """

  /// MySQL's name of a check belongs to the database, and MariaDB's to the table.
  private static let checkedTable = """
    /*M! c.table_name */ /*!80017 (SELECT t.table_name FROM information_schema.table_constraints t
      WHERE t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
      AND t.constraint_type = 'CHECK') */
    """

  /// MySQL prints the texts of an expression with their character set, and escapes their quotation marks.
  static func expression(_ printed: String) -> String {
    guard printed.contains("_utf8mb4\\'") else { return printed }
    return printed.replacing("_utf8mb4\\'", with: "'").replacing("\\'", with: "'")
  }

  static let triggers = """
    SELECT event_object_table, trigger_name FROM information_schema.triggers
    WHERE event_object_schema = database() ORDER BY event_object_table, trigger_name
    """

  /// The display widths of whole numbers say nothing about their values.
  static func type(_ name: String) -> String {
    switch name {
    case "tinyint(1)": "boolean"
    case "bigint(20)": "bigint"
    case "int(11)": "integer"
    default: SQLTypeName.canonical(name)
    }
  }

  static func kind(_ type: String) -> LiveTable.Kind {
    switch type {
    case "BASE TABLE": .table
    case "VIEW": .other("a view")
    case "SYSTEM VERSIONED": .other("a table with system versioning")
    default: .other("a \(type.lowercased())")
    }
  }

  /// The engine refuses in the same way under both names.
  static func action(_ rule: String) -> String? {
    let rule = rule.lowercased()
    return rule == "restrict" || rule == "no action" ? nil : rule
  }
}
