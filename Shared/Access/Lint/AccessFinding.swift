import AccessManifest
import Encoding

/// One place where the manifest violates a rule.
package struct AccessFinding: Sendable, Hashable {
  /// The rule.
  package let rule: AccessRule
  /// The account that it concerns; nil where it concerns none.
  package let account: String?
  /// The table, the key space or the function; nil where it concerns none.
  package let object: String?
  /// What is wrong, as a sentence.
  package let message: String
  /// The line in the manifest; nil where the finding concerns the whole file.
  package let line: Int?
  /// Why the rule is switched off here; nil where it is not.
  package let allowed: String?
}

/// What the lint found in a manifest.
package struct AccessLintReport: Sendable, Hashable {
  /// The violations, in the order of their lines.
  package let findings: [AccessFinding]
  /// The violations that are switched off, each with its reason.
  package let allowed: [AccessFinding]
}

/// A violation before its line and its allowance are known.
struct AccessHit: Sendable, Hashable {
  let rule: AccessRule
  let account: String?
  let object: String?
  let message: String
  /// Where an allowance switches it off. The first place gives the line.
  let places: [ManifestPlace]

  init(
    _ rule: AccessRule, account: String? = nil, object: String? = nil, at places: [ManifestPlace],
    _ message: String
  ) {
    self.rule = rule
    self.account = account
    self.object = object
    self.places = places
    self.message = message.onOneLine
  }
}
