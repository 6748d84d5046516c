import HTTP
import ProtocolExamples
import Testing

/// Requests that RFC 9112 requires a server to refuse. A server that accepts one may disagree with a proxy about where
/// a request ends.
@Suite struct RequestRefusalTests {
  @Test(arguments: RefusedExample.all)
  func `a request that breaks a rule is refused with that rule's error`(example: RefusedExample) {
    #expect(Transcript.whole(example.bytes).error == example.error)
  }

  @Test(arguments: RefusedExample.all)
  func `a refusal is the same for every split of the bytes`(example: RefusedExample) {
    let whole = Transcript.whole(example.bytes)
    for index in example.bytes.indices {
      #expect(Transcript.split(example.bytes, at: index) == whole, "split at \(index)")
    }
    #expect(Transcript.byteByByte(example.bytes) == whole)
  }

  @Test func `each error has the status that the standard assigns`() {
    let statuses: [(ParseError, Int)] = [
      (.malformedRequestLine, 400), (.missingHost, 400), (.duplicateHost, 400), (.bodyTooLarge, 413),
      (.requestLineTooLong, 414), (.unknownExpectation, 417), (.fieldsTooLarge, 431), (.tooManyFields, 431),
      (.unsupportedTransferCoding, 501), (.unsupportedVersion, 505),
    ]
    for (error, code) in statuses { #expect(error.status.code == code, "\(error)") }
  }
}
