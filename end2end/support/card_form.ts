// Stripe's part of the order page: the card form in a frame, and the bank's confirmation in another.
import { expect, type Page } from '@playwright/test';

/** Stripe's test cards. */
export const CARDS = {
  pays: '4242424242424242',
  declined: '4000000000000002',
  insufficientFunds: '4000000000009995',
  needsConfirmation: '4000002500003155',
};

export class CardForm {
  constructor(private readonly page: Page) {}

  private readonly payButton = () => this.page.getByRole('button', { name: /^Pay \$/ });

  /** Enters a card once the form is ready. */
  async fill(number: string): Promise<void> {
    await expect(this.payButton()).toBeEnabled();
    const frame = this.page.locator('.card-form iframe').contentFrame();
    await frame.getByLabel('Card number', { exact: true }).fill(number);
    await frame.getByLabel('Expiration date', { exact: true }).fill('12 / 34');
    await frame.getByLabel('Security code', { exact: true }).fill('123');
  }

  async pay(number: string): Promise<void> {
    await this.fill(number);
    await this.payButton().click();
  }

  /** Answers the bank's 3-D Secure confirmation. */
  async answerBank(answer: 'Complete' | 'Fail'): Promise<void> {
    await this.page.locator('dialog iframe').contentFrame().getByRole('button', { name: answer }).click();
  }
}
