#if DEBUG
    import NIOCore
    @testable import StorageS3

    /// What an S3 server answers, as each answer there is.
    func readXML(_ input: [UInt8]) throws {
        do {
            try check(try XMLReader().read(input), depth: 1)
        } catch is XMLError {}
        let body = ByteBuffer(bytes: input)
        _ = S3Failure(body: body)
        if let listing = try answer(ObjectListing.self, body) {
            try rule(listing.objects.allSatisfy { $0.size >= 0 }, "a negative size")
        }
        if let listing = try answer(PartListing.self, body) {
            let numbers = listing.parts.map(\.number)
            try rule(numbers == numbers.sorted() && numbers.allSatisfy { $0 >= 0 }, "parts \(numbers)")
        }
        if let creation = try answer(MultipartCreation.self, body) {
            try rule(!creation.uploadID.isEmpty, "an upload without an id")
        }
        _ = try answer(UploadListing.self, body)
        _ = try answer(MultipartCompletion.self, body)
        _ = try answer(DeletionResult.self, body)
    }

    /// nil: the body is another answer, an error or no XML. Other errors are thrown.
    private func answer<Answer: S3Answer>(_ type: Answer.Type, _ body: ByteBuffer) throws -> Answer? {
        do {
            return try Answer(body: body)
        } catch is XMLError {
            return nil
        } catch is S3Failure {
            return nil
        }
    }

    private func check(_ element: StorageS3.XMLElement, depth: Int) throws {
        try rule(depth <= XMLReader().deepest, "nested \(depth) deep")
        var writer = XMLWriter()
        writer.element("text", element.text)
        let again = try XMLReader().read(writer.bytes)
        try rule(again.text == element.text, "“\(element.text)” comes back as “\(again.text)”")
        for child in element.children { try check(child, depth: depth + 1) }
    }
#endif
