import AccessProof

/// What SQLite leaves open between accounts of one file. No statement of an account shows it: the driver stands between.
enum SQLiteResidues {
  static let all: [KnownResidue] = [
    KnownResidue(
      "the file itself",
      consequence: "an attacker who runs code in a service opens the file and reads everything",
      mitigation: "use SQLite to develop and to try the fleet; the file's permissions are the only wall")
  ]
}
