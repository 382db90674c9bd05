internal import CLibXML2
import NIOCore

/// Reads a whole small document with libxml2. What the other side can send is bounded in every direction.
struct XMLReader {
    /// Bytes. A listing of 1,000 keys of 1,024 characters, each written as `%XX`, has 4 MiB.
    var largestDocument = 8 << 20
    var deepest = 16
    /// 1,000 entries of everything S3 can say of one.
    var mostElements = 50_000

    // libxml2 wants this done before its first use by several threads.
    private static let initialized: Void = xmlInitParser()

    func read(_ buffer: ByteBuffer) throws(XMLError) -> XMLElement {
        try read(Array(buffer.readableBytesView))
    }

    func read(_ document: [UInt8]) throws(XMLError) -> XMLElement {
        guard document.count <= largestDocument else {
            throw XMLError(.refused, "the XML has \(document.count) bytes; at most \(largestDocument) are read")
        }
        // S3 keeps connections alive with white space while it works; in front of the declaration it is not XML.
        let start = document.firstIndex { $0 != 0x20 && !(0x09...0x0d).contains($0) } ?? document.endIndex
        let bytes = document[start...]
        guard !bytes.isEmpty else { throw XMLError(.malformed, "there is no XML: the body is empty") }
        // A zero byte is in no XML; it is how UTF-16 would look, which libxml2 guesses at.
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
            throw XMLError(.malformed, "the XML is not UTF-8")
        }
        _ = Self.initialized
        var builder = XMLTreeBuilder(deepest: deepest, mostElements: mostElements)
        try Self.parse(bytes, into: &builder)
        guard let root = builder.root else { throw XMLError(.malformed, "the XML has no element") }
        return root
    }

    private static func parse(_ bytes: ArraySlice<UInt8>, into builder: inout XMLTreeBuilder) throws(XMLError) {
        var handler = registryd_xml_handler()
        handler.start = { context, name in
            guard let context, let name else { return 0 }
            let builder = context.assumingMemoryBound(to: XMLTreeBuilder.self)
            return builder.pointee.start(String(cString: name)) ? 1 : 0
        }
        handler.end = { context in
            guard let context else { return 0 }
            context.assumingMemoryBound(to: XMLTreeBuilder.self).pointee.end()
            return 1
        }
        handler.text = { context, bytes, count in
            guard let context, let bytes else { return 0 }
            let text = UnsafeRawBufferPointer(start: bytes, count: Int(count))
            context.assumingMemoryBound(to: XMLTreeBuilder.self).pointee.append(text)
            return 1
        }
        let result = withUnsafeMutablePointer(to: &builder) { builder in
            handler.context = UnsafeMutableRawPointer(builder)
            defer { handler.context = nil }
            return bytes.withUnsafeBytes { bytes in
                let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                return registryd_xml_parse(start, CInt(bytes.count), &handler)
            }
        }
        switch Int(result) {
        case registryd_xml_ok:
            return
        case registryd_xml_has_doctype:
            throw XMLError(.refused, "the XML has a document type declaration")
        case registryd_xml_stopped:
            throw XMLError(.refused, builder.refusal ?? "the XML refers to an entity that it cannot declare")
        default:
            let text =
                String(cString: registryd_xml_message(&handler)).split(whereSeparator: \.isNewline).first ?? "cut off"
            throw XMLError(.malformed, "the XML is malformed: \(text)")
        }
    }
}
