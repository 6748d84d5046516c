import AccessLint
import Runtime

/// The answer of `access lint`, as JSON and as lines.
struct AccessLintAnswer: Encodable {
  struct Finding: Encodable {
    let rule: String
    let severity: String
    let file: String
    /// The line in the manifest; nil where the finding concerns the whole file.
    let line: Int?
    let account: String?
    let object: String?
    let message: String
    let reason: String
    let instead: String
    /// Why the rule is switched off here.
    let allowed: String?
  }

  let findings: [Finding]
  /// Findings that are switched off.
  let allowed: [Finding]
  /// Whether the facts of the live database were read.
  let live: Bool

  init(_ report: AccessLintReport, path: String, live: Bool) {
    findings = report.findings.map { Finding($0, path: path) }
    allowed = report.allowed.map { Finding($0, path: path) }
    self.live = live
  }

  /// A finding ends the command as a difference does.
  var exitCode: ExitCode { findings.isEmpty ? .success : .difference }

  /// The report as text: three lines for each finding, and a summary.
  var lines: [String] {
    findings.flatMap(\.lines) + [
      "\(findings.count.counted("finding")), \(allowed.count) switched off"
        + (live ? "" : "; --live also reads the database")
    ]
  }
}

extension AccessLintAnswer.Finding {
  fileprivate init(_ finding: AccessFinding, path: String) {
    let text = finding.rule.text
    self.init(
      rule: finding.rule.rawValue, severity: finding.rule.severity.rawValue, file: path, line: finding.line,
      account: finding.account, object: finding.object, message: finding.message, reason: text.reason,
      instead: text.instead, allowed: finding.allowed)
  }

  fileprivate var lines: [String] {
    [
      "\(file)\(line.map { ":\($0)" } ?? ""): \(severity) \(rule): \(message)", "    \(reason)",
      "    Instead: \(instead)",
    ]
  }
}
