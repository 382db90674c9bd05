// StorageTestKit is what every BlobStorage must pass, whoever wrote it. It stands on no test framework:
//
//     @Test(arguments: StorageConformance.cases)
//     func `keeps the contract`(_ conformance: ConformanceCase) async throws {
//         try await conformance.run(on: MyFixture())
//     }
//
//   StorageConformance         all cases; StorageConformance+….swift the cases of one part of the contract each
//   StorageFixture             what the author of a driver provides: how to make a storage, and how to open it again
//   ConformanceFailure         what a case throws
