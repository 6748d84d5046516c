/// The SQL functions that a restricted account may call.
///
/// This is an allow-list. A later SQLite, or a distribution's build, may add functions that load code, read files or
/// print the schema. The list excludes `load_extension`, `fts3_tokenizer`, `edit`, `readfile`, `writefile`,
/// `sqlite_offset`, `sqlite_log` and everything similar.
enum PermittedFunctions {
  static func contains(_ name: String) -> Bool { names.contains(name) }

  /// Table-valued functions over a value from the caller. The driver declares them before it enforces the rights.
  static let tableValued: Set<String> = ["json_each", "json_tree"]

  private static let names: Set<String> = scalars.union(aggregates).union(windows).union(dates).union(json)
    .union(math)

  private static let scalars: Set<String> = [
    "abs", "changes", "char", "coalesce", "concat", "concat_ws", "format", "glob", "hex", "if", "ifnull",
    "iif",
    "instr", "last_insert_rowid", "length", "like", "likelihood", "likely", "lower", "ltrim", "max", "min",
    "nullif",
    "octet_length", "printf", "quote", "random", "randomblob", "replace", "round", "rtrim", "sign", "soundex",
    "substr", "substring", "total_changes", "trim", "typeof", "unhex", "unicode", "unlikely", "upper",
    "zeroblob",
  ]
  private static let aggregates: Set<String> = [
    "avg", "count", "group_concat", "max", "min", "string_agg", "sum", "total",
  ]
  private static let windows: Set<String> = [
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile",
    "percent_rank",
    "rank", "row_number",
  ]
  private static let dates: Set<String> = [
    "current_date", "current_time", "current_timestamp", "date", "datetime", "julianday", "strftime", "time",
    "timediff", "unixepoch",
  ]
  private static let json: Set<String> = [
    "->", "->>", "json", "json_array", "json_array_length", "json_error_position", "json_extract",
    "json_group_array", "json_group_object", "json_insert", "json_object", "json_patch", "json_quote",
    "json_remove",
    "json_replace", "json_set", "json_type", "json_valid",
  ]
  private static let math: Set<String> = [
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "ceiling", "cos", "cosh", "degrees",
    "exp",
    "floor", "ln", "log", "log10", "log2", "mod", "pi", "pow", "power", "radians", "sin", "sinh", "sqrt",
    "tan",
    "tanh", "trunc",
  ]
}
