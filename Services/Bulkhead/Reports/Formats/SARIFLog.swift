import Cryptography
import JSON
import Service

/// A report as a SARIF 2.1.0 log (OASIS) with one run: what code scanning reads.
///
/// Each result names its rule and a line of the manifest. An item without a line belongs to line 1, because GitHub refuses
/// a result without one. An item that is switched off has a suppression with the reason.
struct SARIFLog: Encodable {
  static let version = "2.1.0"
  static let schema = "https://json.schemastore.org/sarif-2.1.0.json"

  private let schema = Self.schema
  private let version = Self.version
  private let runs: [Run]

  private enum CodingKeys: String, CodingKey {
    case schema = "$schema"
    case version, runs
  }

  init(_ report: Report) {
    runs = [Run(report)]
  }

  var text: String {
    get throws { String(decoding: try JSONCoding.encode(self), as: UTF8.self) }
  }
}

extension SARIFLog {
  private struct Text: Encodable {
    let text: String
  }

  private struct Run: Encodable {
    let tool: Tool
    let invocations: [Invocation]
    let automationDetails: AutomationDetails
    let results: [Result]

    init(_ report: Report) {
      tool = Tool(driver: Driver(rules: report.rules.map(Rule.init)))
      invocations = [Invocation(report)]
      automationDetails = AutomationDetails(id: "bulkhead \(report.command)/")
      let index = Dictionary(
        report.rules.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
      results = report.parts.flatMap { part in
        part.items.map { Result($0, of: part.name, in: report, ruleIndex: index[$0.rule]) }
      }
    }
  }

  private struct Tool: Encodable {
    let driver: Driver
  }

  private struct Driver: Encodable {
    let name = "bulkhead"
    let version = ServiceVersion.current
    let rules: [Rule]
  }

  private struct Rule: Encodable {
    struct Configuration: Encodable {
      let level: Report.Level
    }

    let id: String
    let shortDescription: Text
    let fullDescription: Text
    let help: Text
    let defaultConfiguration: Configuration

    init(_ rule: Report.Rule) {
      id = rule.id
      shortDescription = Text(text: rule.summary)
      fullDescription = Text(text: rule.summary)
      help = Text(text: rule.help)
      defaultConfiguration = Configuration(level: rule.level)
    }
  }

  private struct Invocation: Encodable {
    struct Notification: Encodable {
      let level = Report.Level.error
      let message: Text
    }

    let executionSuccessful: Bool
    let toolExecutionNotifications: [Notification]

    init(_ report: Report) {
      executionSuccessful = report.failures.isEmpty
      toolExecutionNotifications = report.failures.map { Notification(message: Text(text: $0)) }
    }
  }

  /// Uploads of two commands do not replace each other.
  private struct AutomationDetails: Encodable {
    let id: String
  }
}

extension SARIFLog {
  private struct Result: Encodable {
    let ruleId: String
    let ruleIndex: Int?
    let level: Report.Level
    let message: Text
    let locations: [Location]
    /// The item without its line, so that a moved line opens no second alert.
    let partialFingerprints: [String: String]
    let suppressions: [Suppression]?

    init(_ item: Report.Item, of part: String, in report: Report, ruleIndex: Int?) {
      ruleId = item.rule
      self.ruleIndex = ruleIndex
      level = item.level
      message = Text(text: item.message)
      let names = [item.account, item.object].compactMap { $0 }
      locations = [
        Location(
          physicalLocation: PhysicalLocation(
            artifactLocation: ArtifactLocation(path: report.manifest),
            region: Region(startLine: item.line ?? 1)),
          logicalLocations: names.isEmpty
            ? nil : [LogicalLocation(fullyQualifiedName: names.joined(separator: "/"))])
      ]
      let identity = [part, item.rule, item.account ?? "", item.object ?? "", item.message]
      partialFingerprints = ["bulkhead/v1": SHA256.hex(identity.joined(separator: "\n"))]
      suppressions = item.allowed.map { [Suppression(justification: $0)] }
    }
  }

  private struct Location: Encodable {
    let physicalLocation: PhysicalLocation
    let logicalLocations: [LogicalLocation]?
  }

  private struct PhysicalLocation: Encodable {
    let artifactLocation: ArtifactLocation
    let region: Region
  }

  /// A path of the checkout is relative to its root; any other one is a file URI (RFC 8089).
  private struct ArtifactLocation: Encodable {
    let uri: String
    let uriBaseId: String?

    init(path: String) {
      let isAbsolute = path.hasPrefix("/")
      uri = (isAbsolute ? "file://" : "") + path.uriEncoded
      uriBaseId = isAbsolute ? nil : "%SRCROOT%"
    }
  }

  private struct Region: Encodable {
    let startLine: Int
  }

  private struct LogicalLocation: Encodable {
    let fullyQualifiedName: String
  }

  private struct Suppression: Encodable {
    let kind = "inSource"
    let justification: String
  }
}

extension String {
  /// The path with each byte that a URI cannot hold as `%XX` (RFC 3986, section 2.1).
  fileprivate var uriEncoded: String {
    utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
