import COpenSSL

/// The certificates of authorities in PEM, before a driver or a session trusts them.
package enum AuthorityText {
  /// Why the text has no usable certificates, in words for an operator; nil where every one of them can be read.
  package static func objection(to text: [UInt8]) -> String? {
    let file = PEMFile(text)
    if let objection = file.objection(to: .certificates) { return objection }
    guard readableCertificates(in: text) == file.certificateCount else {
      return "a certificate in it is damaged (\(TLSReason.take().text))"
    }
    return nil
  }

  /// How many certificates can be read, up to the first that cannot.
  private static func readableCertificates(in text: [UInt8]) -> Int {
    text.withUnsafeBytes { bytes in
      guard let stream = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return 0 }
      defer { BIO_free(stream) }
      var count = 0
      while let certificate = PEM_read_bio_X509_AUX(stream, nil, nil, nil) {
        X509_free(certificate)
        count += 1
      }
      return count
    }
  }
}
