// swift-tools-version:6.2
// Hummingbird 2 for the comparison. It is a package of its own, so that the fleet does not depend on it. Its folder's name is its
// identity, which must not be that of the package it needs.
import PackageDescription

let package = Package(
  name: "hummingbird-peer",
  dependencies: [.package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.0.0")],
  targets: [
    .executableTarget(
      name: "hummingbird-peer", dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
      path: "Sources")
  ]
)
