/** `@storytime/playback/dynamodb`: loads the DynamoDB client, `@aws-sdk/client-dynamodb`, which is an optional peer. */

export { type DynamoDbStoreOptions, dynamodbStore } from './dynamodb-store.ts';
