import AccessAdministration
import AccessProof

extension AccessCoverage {
  /// SQLite: the rights are rows of a table, and the driver enforces them inside the process.
  package static let sqlite = AccessCoverage(engine: "SQLite", kinds: kinds, residues: SQLiteResidues.all)

  private static let kinds: [Kind] = [
    Kind("table of rights", .compared, "created where it is missing"),
    Kind(
      "definition of the table of rights", .compared,
      "its own text, triggers and indexes; made anew with every row where it differs, those of others too; named where such a row cannot be kept"
    ),
    Kind("two rows of an account", .compared, "the table is made anew; a session with them is refused"),
    Kind("mode of the file", .named, "a file that every user of the machine may open"),
    Kind("account without rights", .compared, "its row is written"),
    Kind(
      "account outside the manifest", .compared,
      "its row is removed; a note in the modes `adopting` and `additive`"),
    Kind("verb on a table", .compared, "each table and verb of each account"),
    Kind("column of a verb", .compared, "column by column"),
    Kind("row scope of a verb", .compared, "its column and value"),
    Kind("unreadable rights", .compared, "rewritten; a session with them is refused"),
    Kind(
      "definition of a table", .named,
      "by `bulkhead migrate check`: columns, keys, unique indexes and triggers"),
    Kind(
      "further tables, views and indexes of the file", .named,
      "by `bulkhead migrate check --verbose` alone, without an effect on its exit code: they may belong to other programs"
    ),
    Kind("functions, pragmas and attached files", .proven, "the authorizer refuses all but a list"),
    Kind("the file itself", .residue, "code in the process can open it"),
    Kind("passwords", .outOfReach, "there are none: an account is a name"),
  ]
}
