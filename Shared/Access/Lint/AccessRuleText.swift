/// The words of a rule. A test compares the table in docs/access.md with them.
package struct AccessRuleText: Sendable, Hashable {
  /// What the rule finds, in Markdown.
  package let finds: String
  /// Why that is bad.
  package let reason: String
  /// The way around.
  package let instead: String

  private init(_ finds: String, _ reason: String, instead: String) {
    self.finds = finds
    self.reason = reason
    self.instead = instead
  }

  static let unusableRowScope = AccessRuleText(
    "a row scope without a grant that can meet it: an insert that may not write the scope's column, or, with `--live`, "
      + "a policy for an account without the privilege",
    "Every statement fails, or the policy opens rows on the day of a later grant.",
    instead: "Grant the scope's column too, or remove the row scope.")

  static let hiddenColumnGrant = AccessRuleText(
    "a column grant that restricts nothing: a list of every column, or, with `--live`, a privilege on the whole table "
      + "beside it",
    "A reader takes the grant for a restriction, and the account has the whole table.",
    instead: "Name only the columns that the service needs, or grant the table.")

  static let rowsByAnotherWay = AccessRuleText(
    "with `--live`: a grant on a partition, a child, a parent or a view of a table of which the account has only rows",
    "Each of them shows the same rows without the table's policies.",
    instead: "Remove the grant, or limit it to the same rows; a view may also have `security_invoker`.")

  static let writeWithoutRead = AccessRuleText(
    "an update or a delete without select on a key of the table",
    "A statement with a WHERE reads the columns that it compares, so it fails; without one it changes every row.",
    instead: "Grant select on the identity, or on the columns of a unique key.")

  static let excessiveLevel = AccessRuleText(
    "a level above what the account's grants need",
    "The level is the second check of a grant. A higher one lets a wrong line pass.",
    instead: "Lower the level to that of the grants.")

  static let sharedWriters = AccessRuleText(
    "two accounts that write the same rows of a table",
    "One service overwrites what the other one trusts, and no engine can attribute a row.",
    instead: "Give each account rows of its own by one column, or let one service write for both.")

  static let readableSecret = AccessRuleText(
    "a column of `secret_columns` that a second account may read",
    "Who controls that service also has the passwords, tokens or keys of the first one.",
    instead: "Name the columns that the second account needs, without the secret ones.")

  static let tellingUniqueKey = AccessRuleText(
    "a write within rows on a table whose unique key lacks the scope's column",
    "A refused duplicate shows that another account's hidden row has the value, and a taken value blocks that account.",
    instead: "Put the scope's column into the unique key.")

  static let tellingReference = AccessRuleText(
    "a write of a foreign key to a table of which the account may not read every row",
    "A refused value shows that no hidden row has that id, and an accepted one that a row has it.",
    instead: "Let the owner of both tables write the row, or grant select on the other table's key.")

  static let nullableRowScope = AccessRuleText(
    "a row scope on a column that may be NULL",
    "A row with NULL belongs to no account: every scoped account loses sight of it.",
    instead: "Make the column NOT NULL, by a migration.")

  static let shadowedKeys = AccessRuleText(
    "a pattern of cache keys that covers another one",
    "The wider pattern decides, so that the narrower one restricts nothing, or reaches another service's keys.",
    instead: "Let no prefix be the beginning of another one.")

  static let unusedAccount = AccessRuleText(
    "an account that no service uses: without a grant of its own, or without cache keys",
    "A login with a password that has no purpose is only useful to a thief.",
    instead: "Remove the account, or grant what its service needs.")

  static let tooManyConnections = AccessRuleText(
    "limits that add up to more connections than the server accepts",
    "One service at its limit keeps another one, or the operator, from connecting.",
    instead: "Lower the limits, or raise `max_connections` of the server and of the manifest's `database`.")

  static let looseDefiner = AccessRuleText(
    "with `--live`: a function with its owner's rights (SECURITY DEFINER) and without a fixed `search_path` that ends with "
      + "`pg_temp`",
    "A caller chooses which objects its names mean, and the owner's rights run the caller's choice.",
    instead: "`ALTER FUNCTION ... SET search_path = pg_catalog, public, pg_temp`, or SECURITY INVOKER.")

  static let unindexedRowScope = AccessRuleText(
    "with `--live`: a row scope on a column without an index, on a table with at least "
      + "\(AccessLint.largeTableRows) rows",
    "Every statement of the account reads the whole table.",
    instead: "Add an index that begins with the column, by a migration.")

  static let allowanceWithoutReason = AccessRuleText(
    "`allow` with a blank reason", "A reviewer cannot judge it, so it switches nothing off.",
    instead: "State why the finding is intended here.")

  static let unusedAllowance = AccessRuleText(
    "`allow` that switches nothing off", "It would hide the next finding of that rule.",
    instead: "Remove it.")
}
