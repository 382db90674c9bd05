internal import Logging
package import NIOCore

/// A body on its way in, and what the request said of it.
package struct UploadBody<Bytes: AsyncSequence> where Bytes.Element == ByteBuffer {
    var bytes: Bytes
    var chunk: UploadMachine.Chunk

    /// - Parameters:
    ///   - range: Content-Range, the offsets of the first and the last byte in the blob.
    ///   - length: Content-Length.
    package init(_ bytes: Bytes, range: ClosedRange<Int64>?, length: Int64?) {
        self.bytes = bytes
        chunk = UploadMachine.Chunk(range: range, length: length)
    }
}

// OCI distribution specification, "Pushing blobs". Nothing of an upload stays in memory between two requests: each begins with
// the session's row and the storage's checkpoint in it, as it would after a restart.
extension Registry {
    /// How long a request may go on until what it brought so far is made safe, and the session's life prolonged.
    static let checkpointInterval = Duration.seconds(60)

    /// Opens a session. `algorithm` is what the blob's digest is going to use.
    package func startUpload(
        algorithm: Digest.Algorithm = .sha256,
        _ authorization: Authorization
    ) async throws -> UploadSession {
        let time = now()
        let session = UploadSession(
            id: UploadID(), repository: try authorization.repository(for: .startUpload),
            owner: authorization.caller.user, backend: backends.active, algorithm: algorithm, created: time,
            touched: time)
        try await create(session)
        return session
    }

    private func create(_ session: UploadSession) async throws {
        let limit = settings.uploadsPerUser
        guard try await metadata.createUpload(session, limit: limit > 0 ? limit : nil) else {
            throw RegistryError(
                .tooManyRequests, "there are \(limit) uploads under way already, the most that a user may have at once")
        }
    }

    /// The session's row; throws `uploadUnknown` if there is none in this repository, somebody else opened it, it has expired,
    /// or the configuration does not have its backend any more.
    package func upload(_ id: UploadID, _ authorization: Authorization) async throws -> UploadSession {
        let repository = try authorization.repository(forOneOf: [.uploadStatus, .continueUpload, .cancelUpload])
        guard let session = try await metadata.upload(id), session.repository == repository,
            session.owner == authorization.caller.user, session.touched > now() - settings.uploadIdle,
            backends.all[session.backend] != nil
        else {
            throw RegistryError(.uploadUnknown, "upload session \(id) is not known in \(repository), or has expired")
        }
        return session
    }

    /// Appends a chunk, or a stream. If the client goes away in the middle, what came is kept.
    package func append(
        _ body: UploadBody<some AsyncSequence<ByteBuffer, any Error>>,
        to id: UploadID,
        _ authorization: Authorization
    ) async throws -> UploadSession {
        try await active.alone(with: id) {
            let session = try await upload(id, authorization)
            var machine = try UploadMachine(session, body.chunk, limit: settings.blobSize)
            return try await fallingBack(&machine) { machine in
                let upload = try await receive(body, &machine, keeping: true, authorization)
                try await save(upload, &machine)
                return machine.session
            }
        }
    }

    /// Appends what is left, verifies the digest, and makes the session a blob of its repository.
    package func finish(
        _ body: UploadBody<some AsyncSequence<ByteBuffer, any Error>>,
        to id: UploadID,
        as digest: Digest,
        _ authorization: Authorization
    ) async throws {
        try await active.alone(with: id) {
            let session = try await upload(id, authorization)
            var machine = try UploadMachine(session, body.chunk, closingAs: digest, limit: settings.blobSize)
            if !machine.isNamed {
                // The row names the digest before the storage does, so that a crash after the commit leaves nothing unnamed.
                try await saveRow(&machine)
            }
            try await fallingBack(&machine) {
                try await finish(body, &$0, as: digest, keeping: true, authorization)
            }
        }
    }

    /// A whole blob in one request ("Single POST").
    package func push(
        _ body: UploadBody<some AsyncSequence<ByteBuffer, any Error>>,
        as digest: Digest,
        _ authorization: Authorization
    ) async throws {
        let time = now()
        let session = UploadSession(
            id: UploadID(), repository: try authorization.repository(for: .startUpload),
            owner: authorization.caller.user, backend: backends.active, algorithm: digest.algorithm, digest: digest,
            created: time, touched: time)
        var machine = try UploadMachine(session, body.chunk, closingAs: digest, limit: settings.blobSize)
        try await active.alone(with: session.id) {
            try await create(session)
            do {
                try await finish(body, &machine, as: digest, keeping: false, authorization)
            } catch {
                // Nobody knows this session, so nobody will go on with it.
                await expire(session.id)
                throw error
            }
        }
    }

    /// Drops a session and what it stored ("Cancel a blob upload").
    package func cancel(_ id: UploadID, _ authorization: Authorization) async throws {
        try await active.alone(with: id) {
            let session = try await upload(id, authorization)
            try await remove(session)
        }
    }

    /// Makes a blob of another repository readable here ("Mounting a blob"); false: the source does not have it, or the
    /// caller may not read it there.
    ///
    /// `source` nil: any that has it and that the caller may read.
    package func mount(
        _ digest: Digest,
        from source: RepositoryName?,
        _ authorization: Authorization
    ) async throws -> Bool {
        let repository = try authorization.repository(for: .startUpload)
        let sources: [RepositoryName]
        if let source {
            sources = [source]
        } else {
            sources = try await metadata.repositories(
                having: digest, visible(to: authorization.caller), limit: Self.mostSources)
        }
        for source in sources where try await mayDo(authorization.caller, .pullBlob, in: source) {
            if try await metadata.mountBlob(digest, from: source, into: repository, at: now()) != nil { return true }
        }
        return false
    }

    /// How many repositories that have a blob are looked at for one that it may be mounted from. All of them can be read by
    /// the user, but a token may not speak of any.
    private static let mostSources = 100
}

// MARK: - How

extension Registry {
    /// Opens the storage as the machine says, and feeds it. On a failure of the body what came until then is made safe, if
    /// somebody may go on with it (`keeping`).
    private func receive(
        _ body: UploadBody<some AsyncSequence<ByteBuffer, any Error>>,
        _ machine: inout UploadMachine,
        keeping: Bool,
        _ authorization: Authorization
    ) async throws -> any BlobUpload {
        let storage = try backends.named(machine.session.backend)
        let upload: any BlobUpload
        switch machine.opening() {
        case .begin(let plan):
            upload = try await storage.upload(plan)
        case .resume(let plan, let checkpoint):
            upload = try await resume(plan, from: checkpoint, machine.session, storage)
        }
        machine.opened(upload)
        var saved = ContinuousClock.now
        var bytes = body.bytes.makeAsyncIterator()
        while true {
            let buffer: ByteBuffer?
            do {
                buffer = try await bytes.next(isolation: #isolation)
            } catch {
                if keeping { try await save(upload, &machine) } else { try? await upload.abort() }
                throw error
            }
            guard var buffer else { break }
            try machine.receive(buffer)
            while let piece = machine.hash(&buffer) { try await upload.append(piece) }
            if ContinuousClock.now - saved > Self.checkpointInterval {
                try await confirm(authorization)
                try await save(upload, &machine)
                saved = .now
            }
        }
        try machine.endOfBody()
        return upload
    }

    /// Makes what was received safe: first the bytes, then the row.
    private func save(_ upload: any BlobUpload, _ machine: inout UploadMachine) async throws {
        try machine.checkpointed(try await upload.checkpoint(), at: now())
        try await saveRow(&machine)
    }

    func saveRow(_ machine: inout UploadMachine) async throws {
        guard try await metadata.saveUpload(machine.session) else { throw conflict(machine.session.id) }
        machine.saved()
    }

    func conflict(_ id: UploadID) -> RegistryError {
        RegistryError(.uploadBusy, "upload session \(id) was changed by another request")
    }

    private func finish(
        _ body: UploadBody<some AsyncSequence<ByteBuffer, any Error>>,
        _ machine: inout UploadMachine,
        as digest: Digest,
        keeping: Bool,
        _ authorization: Authorization
    ) async throws {
        let upload = try await receive(body, &machine, keeping: keeping, authorization)
        do {
            try await confirm(authorization)
        } catch {
            // The session is its owner's still, who may come back with credentials that count.
            await leave(upload, &machine, keeping: keeping)
            throw error
        }
        let actual: Digest
        switch machine.close(as: digest) {
        case .verified:
            if try await metadata.hasBlob(digest), try await adopt(digest, upload, machine.session) { return }
            actual = digest
        case .mismatch(let actual):
            try await upload.abort()
            _ = try await metadata.endUpload(machine.session)
            throw RegistryError(.digestInvalid, "the content has digest \(actual), not \(digest); the upload is gone")
        case .unhashed(let hashed):
            // The object gets the name that its bytes are known to have. Again, the row names it first.
            if machine.name(hashed) { try await saveRow(&machine) }
            actual = hashed
        }
        let session = machine.session
        let object = try await upload.commit(as: actual)
        if actual != digest { try await verify(object, digest, session) }
        do {
            // The disk, or the S3 server, may have taken its time.
            try await confirm(authorization)
        } catch {
            await delete(object, session)
            await end(session)
            throw error
        }
        switch try await metadata.commitBlob(digest, at: object, on: session.backend, closing: session, at: now()) {
        case .stored:
            return
        case .existed:
            await delete(object, session)
        case .conflict, .missing:
            await delete(object, session)
            throw conflict(session.id)
        }
    }

    /// What came is made safe where somebody may go on with it. Why that is not done is the error that counts, not this.
    private func leave(_ upload: any BlobUpload, _ machine: inout UploadMachine, keeping: Bool) async {
        let id = machine.session.id
        do {
            if keeping { try await save(upload, &machine) } else { try await upload.abort() }
        } catch {
            // The session may be gone with its user or its repository; maintenance finds what is left of it.
            logger.notice("upload \(id) was left as it was: \(error)")
        }
    }

    private func end(_ session: UploadSession) async {
        do {
            _ = try await metadata.endUpload(session)
        } catch {
            logger.warning("could not end upload \(session.id), it will expire: \(error)")
        }
    }

    /// Ends a session with a blob that is stored already: the client has shown that it has the bytes too, so it may have the blob.
    /// False: it is not stored any more.
    private func adopt(_ digest: Digest, _ upload: any BlobUpload, _ session: UploadSession) async throws -> Bool {
        switch try await metadata.commitBlob(digest, at: nil, on: session.backend, closing: session, at: now()) {
        case .existed, .stored:
            do {
                try await upload.abort()
            } catch {
                // The blob is the repository's; what is left of the upload is found by maintenance.
                logger.warning("could not remove what upload \(session.id) left on \(session.backend): \(error)")
            }
            return true
        case .conflict:
            throw conflict(session.id)
        case .missing:
            return false
        }
    }

    /// Reads an object once to hash it with an algorithm that nobody had announced when its bytes came.
    private func verify(_ object: StoredObject, _ digest: Digest, _ session: UploadSession) async throws {
        let actual = try await backends.named(session.backend).digest(of: object, digest.algorithm)
        guard actual == digest else {
            await delete(object, session)
            _ = try await metadata.endUpload(session)
            throw RegistryError(.digestInvalid, "the content has digest \(actual), not \(digest); the upload is gone")
        }
    }

    /// Deletes an object that no row names. If that fails, garbage collection will find it.
    private func delete(_ object: StoredObject, _ session: UploadSession) async {
        guard let storage = backends.all[session.backend] else { return }
        for (key, error) in await storage.delete([object.key]) {
            logger.warning("could not delete \(key), which nobody needs, from \(session.backend): \(error)")
        }
    }
}
