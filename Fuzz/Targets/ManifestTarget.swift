@testable import AccessManifest

/// Every text is a manifest or has problems with a line of that text.
enum ManifestTarget {
  static func check(_ input: UnsafeRawBufferPointer) {
    guard let text = String(validating: input, as: UTF8.self) else { return }
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.count
    do throws(ManifestErrors) {
      let manifest = try AccessManifest.parse(text)
      checkFleet(text, manifest, lines)
    } catch {
      check(error, lines)
    }
  }

  private static func checkFleet(_ text: String, _ access: AccessManifest, _ lines: Int) {
    do throws(ManifestErrors) {
      _ = try FleetManifest.parse(text, with: access)
    } catch {
      check(error, lines)
    }
  }

  private static func check(_ errors: ManifestErrors, _ lines: Int) {
    demand(!errors.problems.isEmpty, "a manifest is refused without a problem")
    for problem in errors.problems {
      demand(
        (0...lines + 1).contains(problem.line ?? 0), "a problem in line \(problem.line ?? 0) of \(lines)")
      demand(!problem.message.isEmpty, "a problem without a message")
      FuzzTarget.plant(where: problem.message.contains("has no key"))
    }
  }
}
