import Foundation

/// The checkout that the tests were compiled in.
package enum Checkout {
  /// The folder that holds `Package.swift`.
  package static let root: URL = {
    var folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    while !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path),
      folder.path != "/"
    {
      folder.deleteLastPathComponent()
    }
    return folder
  }()

  /// The path of a file in the checkout.
  package static func path(_ file: String) -> String { root.appending(path: file).path }
}
