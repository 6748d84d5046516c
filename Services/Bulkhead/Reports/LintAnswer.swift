import Migrations
import Runtime

/// The answer of `migrate lint`, as JSON and as lines.
struct LintAnswer: Encodable {
  struct Finding: Encodable {
    let rule: String
    let severity: String
    let version: Int
    /// Relative to the repository's root.
    let file: String
    /// The position of the change in `up`, from 1; nil for a finding about the whole version.
    let change: Int?
    /// The change as it stands in the source, shortened.
    let source: String?
    let detail: String
    let reason: String
    let instead: String
    /// Why the rule is switched off here.
    let allowed: String?
  }

  let versions: Int
  let findings: [Finding]
  /// Findings that are switched off.
  let allowed: [Finding]

  init(_ report: LintReport) {
    versions = report.versions
    findings = report.findings.map(Finding.init)
    allowed = report.allowed.map(Finding.init)
  }

  /// A finding ends the command as a difference does.
  var exitCode: ExitCode { findings.isEmpty ? .success : .difference }

  /// The report as text: four lines for each finding, and a summary.
  var lines: [String] {
    findings.flatMap(\.lines) + [
      "\(findings.count.counted("finding")) in \(versions.counted("version")), \(allowed.count) switched off"
    ]
  }
}

extension LintAnswer.Finding {
  fileprivate init(_ finding: LintFinding) {
    let text = finding.rule.text
    self.init(
      rule: finding.rule.rawValue, severity: finding.rule.severity.rawValue, version: finding.version,
      file: finding.file, change: finding.change, source: finding.source, detail: finding.detail,
      reason: text.reason, instead: text.instead, allowed: finding.allowed)
  }

  fileprivate var lines: [String] {
    let place = change.map { ": change \($0), \(source ?? "")" } ?? ": the version"
    return [
      "\(file)\(place)", "  \(severity) \(rule): \(detail)", "    \(reason)", "    Instead: \(instead)",
    ]
  }
}
