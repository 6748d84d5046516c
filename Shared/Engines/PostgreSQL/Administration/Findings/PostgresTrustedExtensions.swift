/// The extensions that PostgreSQL marks as trusted: the owner of a database may create them, because they give no
/// access beyond it (https://www.postgresql.org/docs/16/contrib.html). Every other extension is named unless the
/// manifest lists it.
enum PostgresTrustedExtensions {
  static let names: Set<String> = [
    "btree_gin", "btree_gist", "citext", "cube", "dict_int", "fuzzystrmatch", "hstore", "intarray", "isn",
    "lo", "ltree", "pg_trgm", "pgcrypto", "plpgsql", "seg", "tablefunc", "tcn", "tsm_system_rows",
    "tsm_system_time", "unaccent", "uuid-ossp",
  ]
}
