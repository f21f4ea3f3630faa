// Tells the shop's page, if it shows this page in a frame, that the cardholder has answered. The message
// holds nothing else, so any origin may receive it. The shop's script asks the API for the outcome.
if (window.parent !== window) {
  window.parent.postMessage({ kind: 'challenge-done' }, '*');
}
