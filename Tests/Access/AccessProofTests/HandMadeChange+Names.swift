/// Roles and objects that a name hides: one that looks like the engine's own, or like another one.
extension HandMadeChange {
  private static let decomposed = "name outside of Unicode's composed form"

  static let names: [HandMadeChange] = [
    HandMadeChange(
      "membership of another role in a predefined role", "CREATE ROLE stranger",
      "GRANT pg_read_all_data TO stranger",
      "UPDATE pg_authid SET rolname = 'pg_stranger' WHERE rolname = 'stranger'", names: "pg_stranger",
      "pg_read_all_data", "MEMBER", isMended: false),
    HandMadeChange(
      "attribute of another role", "CREATE ROLE stranger REPLICATION",
      "UPDATE pg_authid SET rolname = 'pg_stranger' WHERE rolname = 'stranger'", names: "pg_stranger",
      "pg_stranger", "REPLICATION", isMended: false),
    // Two texts that Swift takes for one.
    HandMadeChange(
      decomposed, "CREATE ROLE \"\u{E9}x\" LOGIN REPLICATION BYPASSRLS", "CREATE ROLE \"e\u{301}x\"",
      names: "PUBLIC", #"role e\u{0301}x"#, "DECOMPOSED NAME", isMended: false),
    // The sign of the unit Kelvin stands for a letter.
    HandMadeChange(
      decomposed, "CREATE TABLE \"\u{212A}ept\" ()", names: "PUBLIC", #"table public.\u{212A}ept"#,
      "DECOMPOSED NAME", isMended: false),
    HandMadeChange(
      decomposed, "ALTER TABLE users ADD \"e\u{301}\" text", names: "PUBLIC",
      #"column public.users.e\u{0301}"#, "DECOMPOSED NAME", isMended: false),
  ]
}
