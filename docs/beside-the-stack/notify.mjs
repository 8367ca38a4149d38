/** Tells the backend which job has ended, and how. EventBridge tries again when this throws. */
export async function handler({ detail }) {
  const { jobId, status, userMetadata } = detail;
  const response = await fetch(process.env.WEBHOOK_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jobId, status, userMetadata }),
  });
  if (!response.ok) throw new Error(`the backend answered ${response.status}`);
}
