/// What a registered descriptor is watched for.
///
/// An empty set keeps the registration and silences it: that is how a connection stops reading while its peer is slow.
package struct Interest: OptionSet, Sendable, Hashable {
  /// One bit per kind of readiness.
  package let rawValue: UInt8

  /// Takes the bits as they are.
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Bytes, a new connection or the end of the stream can be read.
  package static let readable = Interest(rawValue: 1)
  /// The kernel takes bytes again, or a connect has finished.
  package static let writable = Interest(rawValue: 2)
}
