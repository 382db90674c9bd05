internal import Logging

// A storage may lose bytes that a checkpoint speaks of: a disk of this machine failed, another machine goes on with the
// session, an S3 server forgot a multipart upload. The session then goes back to the last byte that is still there. What a full
// disk did not take as a whole goes, too.
extension Registry {
    /// Opens an upload where its last request left it. If a crash came between the commit of its object and the end of its row,
    /// the storage gives the object back under the name that it gave it.
    func resume(
        _ plan: UploadPlan,
        from checkpoint: UploadCheckpoint,
        _ session: UploadSession,
        _ storage: any BlobStorage
    ) async throws -> any BlobUpload {
        do {
            return try await storage.resume(plan, from: checkpoint)
        } catch let error as StorageError where error.code == .checkpointLost && plan.digest == nil {
            guard let digest = session.probableDigest else { throw error }
            _ = try await storage.resume(UploadPlan(id: plan.id, digest: digest), from: checkpoint)
            // What goes on may become something else, which S3 would have named by that digest.
            return try await storage.resume(plan, from: checkpoint)
        }
    }

    /// Does what a request wants of a session. If it turns out that bytes are lost, the row is moved back to where they
    /// begin, and the error says so: the client is to go on from there, as after any chunk out of order.
    func fallingBack<T>(
        _ machine: inout UploadMachine,
        _ body: (inout UploadMachine) async throws -> T
    ) async throws -> T {
        do {
            return try await body(&machine)
        } catch let error as StorageError where error.code == .checkpointLost {
            throw try await fallBack(&machine, after: error)
        } catch let error where RegistryError(error).code == .full {
            await giveBack(machine.session.id)
            throw error
        }
    }

    /// What came since the last checkpoint must not fill a disk until somebody comes back for the session: it goes, and the
    /// client sends it again when there is room.
    private func giveBack(_ id: UploadID) async {
        do {
            // Not what the machine has: the row may have stayed behind.
            guard let session = try await metadata.upload(id) else { return }
            let storage = try backends.named(session.backend)
            let plan = UploadPlan(id: id, digest: session.probableDigest)
            if let checkpoint = session.checkpoint, checkpoint.offset > 0 {
                // Opening the upload is what cuts it to its checkpoint.
                _ = try await storage.resume(plan, from: checkpoint)
            } else {
                try await storage.discard(plan, session.checkpoint)
            }
        } catch {
            logger.notice("upload \(id) keeps more than its checkpoint until it ends: \(error)")
        }
    }

    private func fallBack(_ machine: inout UploadMachine, after error: StorageError) async throws -> RegistryError {
        let (session, time) = (machine.session, now())
        let storage = try backends.named(session.backend)
        let plan = UploadPlan(id: session.id, digest: session.probableDigest)
        var left: UploadCheckpoint?
        if let checkpoint = session.checkpoint { left = try await storage.fallBack(plan, from: checkpoint) }
        if !machine.fallBack(to: left, at: time) {
            // Bytes without the hash over them are of no use. First they go, then what the row says of them.
            try await storage.discard(plan, session.checkpoint)
            machine.startAgain(at: time)
        }
        try await saveRow(&machine)
        let offset = machine.session.offset
        logger.warning("upload \(session.id) goes back from \(session.offset) to \(offset): \(error)")
        return RegistryError(
            .chunkOutOfOrder, "upload session \(session.id) has lost bytes; go on from \(offset)", offset: offset,
            cause: error)
    }
}
