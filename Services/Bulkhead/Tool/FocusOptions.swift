import AccessManifest
import AccessPlanning
import ArgumentParser

/// `--only`, which limits a command to accounts or to a side.
struct FocusOptions: ParsableArguments {
  @Option(
    name: .customLong("only"),
    help: ArgumentHelp(
      "Limit the command to an account, to the database or to the cache; repeatable. The answer says what is left out.",
      valueName: "ACCOUNT|database|cache"))
  var words: [String] = []

  /// The focus in this manifest; wrong usage where a word names nothing.
  func focus(in manifest: AccessManifest) throws -> AccessFocus {
    do {
      return try AccessFocus(words, in: manifest)
    } catch {
      throw ValidationError(error.description)
    }
  }
}

/// `--without-logins`, for a comparison of the rights alone.
struct LoginOptions: ParsableArguments {
  @Flag(
    help: """
      Compare no passwords where only a login of each account shows them (PostgreSQL), for a host without the \
      credential files, or one that asks often. The answer says so.
      """)
  var withoutLogins = false
}
